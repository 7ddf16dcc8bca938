/**
 * Tensors, the operations on them, and the interface that backends implement.
 *
 * <p>A {@link org.openmoshi.tensor.Tensor} is a layout over reference-counted {@link org.openmoshi.tensor.Storage} in
 * native memory. Its methods make an {@link org.openmoshi.tensor.Op}, a record of attributes, and hand it to {@link
 * org.openmoshi.tensor.Engine}, which infers the results, lets the {@link org.openmoshi.tensor.Backend} compute them
 * and tells the {@link org.openmoshi.tensor.Recorder}, if there is one. {@link org.openmoshi.tensor.Scope} says when
 * memory is freed, {@link org.openmoshi.tensor.Memory} how much is live.
 *
 * <p>The oracle of every kernel is the backend {@code cpu-scalar}, which computes each operation in plain loops in double
 * precision; fused operations are therefore not also written as compositions of primitives. The backend {@code cpu} uses
 * the Vector API in float32 and those loops for everything else.
 *
 * <p>Determinism: the same operation on the same values gives the same bits on every run and for every number of
 * threads. Work is split by size alone, and no result depends on the order in which threads finish.
 */
@NullMarked
package org.openmoshi.tensor;

import org.jspecify.annotations.NullMarked;
