/**
 * The reference implementation: every operation as plain loops over {@link org.openmoshi.tensor.cpu.scalar.Cells}, flat
 * arrays of any element type that are read as double and rounded once on writing. Strided and broadcast inputs are made
 * dense before a loop sees them ({@link org.openmoshi.tensor.cpu.scalar.Operands}), so that a loop shows its formula
 * and nothing else.
 */
package org.openmoshi.tensor.cpu.scalar;
