package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.DType;

/**
 * Matrix products by a library of the device's maker, which a device may offer beside the kernels. Its calls are appended
 * to the device's queue like launches.
 */
public interface Blas {
    /**
     * A batch of operands of a product.
     *
     * @param offset the first element's place in the memory, in elements
     * @param transposed false when the elements of a row lie one after the other, true when those of a column do
     * @param leading how far rows (columns when transposed) are apart, in elements
     * @param batch how far matrices are apart, in elements
     */
    record Operand(MemorySegment memory, long offset, boolean transposed, int leading, long batch) {}

    /** Whether it multiplies matrices of a type. */
    boolean multiplies(DType dtype);

    /**
     * c = a b, or c += a b, for each of a batch.
     *
     * @param a [batch, m, k]
     * @param b [batch, k, n]
     * @param c [batch, m, n], not transposed
     * @param accumulate whether to add to what c holds
     */
    void multiply(DType dtype, int batch, int m, int n, int k, Operand a, Operand b, Operand c, boolean accumulate);
}
