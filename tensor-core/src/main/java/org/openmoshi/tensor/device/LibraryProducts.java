package org.openmoshi.tensor.device;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.Blas.Operand;
import org.openmoshi.tensor.device.Products.Matrices;

/** Matrix products by the device's library, where it has one that takes the operands as they lie. */
final class LibraryProducts {
    private LibraryProducts() {}

    /**
     * c = a b, plus a bias in every row: a [batch, M, K], b [batch, K, N], bias [N].
     *
     * @return false when kernels have to do it: without a library, and for strides that libraries do not take, those
     *     where neither rows nor columns are dense or overlap, or where the batch is no single axis
     */
    static boolean multiply(
            Work work, Shape batch, long m, long n, long k, Matrices a, Matrices b, @Nullable Tensor bias) {
        Tensor c = work.out(0);
        Blas blas = work.blas(c.dtype());
        long count = batch.size();
        if (blas == null || k == 0 || Math.max(Math.max(m, n), Math.max(k, count)) > Integer.MAX_VALUE) {
            return false;
        }
        Strides strides = new Strides(batch, a.batch(), b.batch());
        if (strides.rank() > 1) {
            return false;
        }
        Operand left = operand(a, m, k, strides, 0);
        Operand right = operand(b, k, n, strides, 1);
        if (left == null || right == null) {
            return false;
        }
        if (bias != null) {
            long[] rows = {0, bias.stride(0)};
            Copies.strided(work, c.dtype(), new long[] {m, n}, Block.of(bias), rows, Block.of(c), new long[] {n, 1});
        }
        Operand result = new Operand(c.segment(), c.offset(), false, (int) n, m * n);
        blas.multiply(c.dtype(), (int) count, (int) m, (int) n, (int) k, left, right, result, bias != null);
        work.byLibrary();
        return true;
    }

    private static @Nullable Operand operand(Matrices x, long rows, long columns, Strides batch, int number) {
        boolean byRows = (x.column() == 1 || columns == 1) && (x.row() >= columns || rows == 1);
        boolean byColumns = (x.row() == 1 || rows == 1) && (x.column() >= rows || columns == 1);
        long leading = byRows ? rows == 1 ? columns : x.row() : columns == 1 ? rows : x.column();
        if (!byRows && !byColumns || leading > Integer.MAX_VALUE) {
            return null;
        }
        return new Operand(x.block().memory(), x.block().offset(), !byRows, (int) leading, batch.onlyStride(number));
    }
}
