/**
 * JMH benchmarks of operations and models, next to PyTorch on equal work, and the command line that runs them.
 *
 * <p>A family is one file: {@code Ours} and {@code PyTorch} hold the operands of the two sides, and each pair of methods
 * {@code xOurs} and {@code xPyTorch} is a row of the table. PyTorch's side stands there as TorchScript source, so that a
 * reader can see on one page that both do the same.
 */
package org.openmoshi.benchmarks;
