package org.openmoshi.tensor.device;

import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/** Matrix products ({@code gemm.h}, {@code gemv.h}). */
final class Products {
    /** Rows and columns of a tile in {@code tile.h}. */
    static final long TILE = KernelSource.constant("tile.h", "TILE");

    /** Items of a group that computes a tile. */
    static final int TILE_ITEMS = KernelSource.constant("tile.h", "TILE_ITEMS");

    /** Up to so many rows or columns a product is bound by the bytes of its wide operand: {@code gemv.h}. */
    private static final long NARROW = 8;

    private static final int GEMV_ITEMS = KernelSource.constant("gemv.h", "GEMV_ITEMS");

    /** Rows and columns of a tile in {@code gemm_wmma}. */
    static final long TENSOR_CORE_TILE = 128;

    private Products() {}

    /**
     * A batch of matrices by strides: those along rows and columns, and those along the axes of the batch.
     *
     * @param block where the first begins
     */
    record Matrices(Block block, long row, long column, long[] batch) {
        Matrices transposed() {
            return new Matrices(block, column, row, batch);
        }
    }

    // a [..., M, K], b [..., K, N] -> [..., M, N]
    static void matMul(Work work) {
        Tensor a = work.in(0);
        Tensor b = work.in(1);
        Tensor c = work.out(0);
        long k = a.dim(-1);
        long n = c.dim(-1);
        Shape batch = c.shape().without(-1).without(-1);
        if (b.size() == k * n && a.isContiguous() && a.size() == batch.size() * a.dim(-2) * k) {
            // one b for all of a: its matrices are the rows of a single one
            Matrices rows = new Matrices(Block.of(a), k, 1, new long[0]);
            Matrices one = new Matrices(Block.of(b), b.stride(-2), b.stride(-1), new long[0]);
            multiply(work, Shape.SCALAR, batch.size() * a.dim(-2), n, k, rows, one, null);
            return;
        }
        multiply(work, batch, a.dim(-2), n, k, matrices(a, batch), matrices(b, batch), null);
    }

    private static Matrices matrices(Tensor x, Shape batch) {
        Shape leading = x.shape().without(-1).without(-1);
        long[] strides = ViewOp.Expand.strides(leading, x.strides(), batch);
        return new Matrices(Block.of(x), x.stride(-2), x.stride(-1), strides);
    }

    // x [..., K], weight [N, K], bias [N] -> [..., N]
    static void linear(Work work) {
        Tensor x = work.in(0);
        Tensor weight = work.in(1);
        long k = x.dim(-1);
        Matrices rows = x.rank() == 2
                ? new Matrices(Block.of(x), x.stride(0), x.stride(1), new long[0])
                : new Matrices(work.dense(0), k, 1, new long[0]);
        Matrices columns = new Matrices(Block.of(weight), weight.stride(1), weight.stride(0), new long[0]);
        Tensor bias = work.count() > 2 ? work.in(2) : null;
        multiply(work, Shape.SCALAR, x.shape().product(0, x.rank() - 1), weight.dim(0), k, rows, columns, bias);
    }

    // a [batch, M, K], b [batch, K, N], bias [N] -> [batch, M, N]
    private static void multiply(
            Work work, Shape batch, long m, long n, long k, Matrices a, Matrices b, @Nullable Tensor bias) {
        if (m <= NARROW) {
            gemv(work, batch, m, n, k, a, b, n, 1, bias, 0, bias == null ? 0 : bias.stride(0));
        } else if (n <= NARROW) {
            gemv(
                    work,
                    batch,
                    n,
                    m,
                    k,
                    b.transposed(),
                    a.transposed(),
                    1,
                    n,
                    bias,
                    bias == null ? 0 : bias.stride(0),
                    0);
        } else if (!LibraryProducts.multiply(work, batch, m, n, k, a, b, bias)) {
            gemm(work, batch, m, n, k, a, b, bias);
        }
    }

    private static void gemm(
            Work work, Shape batch, long m, long n, long k, Matrices a, Matrices b, @Nullable Tensor bias) {
        Tensor c = work.out(0);
        boolean tensorCores = work.tensorCores(c.dtype());
        String kernel = tensorCores ? "gemm_wmma" : "gemm";
        long tile = tensorCores ? TENSOR_CORE_TILE : TILE;
        long tiles = Math.ceilDiv(m, tile) * Math.ceilDiv(n, tile) * batch.size();
        Splits splits = Splits.of(tiles, k);
        Block target = splits.target(work, c);
        boolean toParts = splits.count() > 1 && Reductions.sumType(c.dtype()) != c.dtype();
        String defines = Kernels.type(c.dtype()) + (toParts ? " TO_PARTS" : "");
        Launch launch = work.kernel(kernel, defines, kernel).dense(target);
        operands(launch, batch, a, b);
        launch.dense(bias == null ? a.block() : Block.of(bias))
                .integer(bias == null ? 0 : bias.stride(0))
                .integer(bias == null ? 0 : 1)
                .integer(batch.size())
                .integer(m)
                .integer(n)
                .integer(k)
                .integer(splits.count())
                .integer(splits.chunk())
                .groups(tiles * splits.count(), TILE_ITEMS);
        splits.add(work, target, c);
    }

    private static void gemv(
            Work work,
            Shape batch,
            long m,
            long n,
            long k,
            Matrices a,
            Matrices b,
            long row,
            long column,
            @Nullable Tensor bias,
            long biasRow,
            long biasColumn) {
        Tensor c = work.out(0);
        Launch launch =
                work.kernel("gemv", c.dtype(), "gemv").tensor(c).integer(row).integer(column);
        operands(launch, batch, a, b);
        long width = b.row() < b.column() ? 8 : 32;
        launch.dense(bias == null ? a.block() : Block.of(bias))
                .integer(biasRow)
                .integer(biasColumn)
                .integer(bias == null ? 0 : 1)
                .integer(batch.size())
                .integer(m)
                .integer(n)
                .integer(k)
                .groups(Math.ceilDiv(n, width) * batch.size(), GEMV_ITEMS);
    }

    private static void operands(Launch launch, Shape batch, Matrices a, Matrices b) {
        Strides strides = new Strides(batch, a.batch(), b.batch());
        strides.pass(launch.dense(a.block()).integer(a.row()).integer(a.column()), 0);
        strides.pass(launch.dense(b.block()).integer(b.row()).integer(b.column()), 1);
    }
}
