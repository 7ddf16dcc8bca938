package org.openmoshi.tensor.device;

import java.util.Comparator;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.openmoshi.tensor.ComputeOp.ArgReduce;
import org.openmoshi.tensor.ComputeOp.CumulativeSum;
import org.openmoshi.tensor.ComputeOp.Reduce;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * Sums, extremes and running sums along axes ({@code reduce.h}, {@code arg_reduce.h}, {@code cumulative_sum.h}). How a
 * sum is divided depends on the shape alone, so every run gives the same bits.
 */
final class Reductions {
    /** Elements that a lane adds up one after the other before a row is split in parts. */
    private static final long PER_LANE = 64;

    /** The same where there are rows enough to fill a device. */
    private static final long PER_LANE_OF_MANY = 2048;

    private static final long MANY_LANES = 1 << 17;
    private static final long MAX_PARTS = 1024;

    /** Items of a group of {@code global_norm.h}, and the elements that one adds up. */
    static final int NORM_ITEMS = KernelSource.constant("global_norm.h", "NORM_ITEMS");

    private static final long NORM_PART = 32L * NORM_ITEMS;

    private Reductions() {}

    static void reduce(Reduce op, Work work) {
        Tensor x = work.in(0);
        int[] kept = axes(x, a -> !op.axes().contains(a));
        // any order of the reduced axes will do: the one in which neighbours in memory come one after the other
        int[] reduced = IntStream.of(axes(x, op.axes()::contains))
                .boxed()
                .sorted(Comparator.comparingLong(a -> -Math.abs(x.strides()[a])))
                .mapToInt(a -> a)
                .toArray();
        String kind = "reduce_" + op.kind().name().toLowerCase(Locale.ROOT);
        reduce(work, kind, x, along(x, kept), along(x, reduced));
    }

    private static void reduce(Work work, String entry, Tensor x, Strides kept, Strides reduced) {
        Block result = work.result(0);
        long rows = work.out(0).size();
        long n = reduced.size();
        boolean across = kept.lastStride(0) < reduced.lastStride(0);
        long parts = parts(rows, n, across);
        if (parts == 1) {
            Launch launch = work.kernel("reduce", x.dtype(), entry).dense(result);
            reduced.pass(kept.pass(launch.tensor(x), 0), 0);
            launch.integer(rows).integer(n).integer(1).integer(n);
            Rows.of(rows, n, across).launch(launch);
        } else {
            Block partials = work.scratch(sumType(x.dtype()), rows * parts);
            Launch launch = work.kernel("reduce", Kernels.type(x.dtype()) + " TO_PARTS", entry)
                    .dense(partials);
            reduced.pass(kept.pass(launch.tensor(x), 0), 0);
            launch.integer(rows).integer(n).integer(parts).integer(n);
            Rows.of(rows * parts, (n + parts - 1) / parts, across).launch(launch);
            join(work, x.dtype(), entry, partials, result, rows, parts, n);
        }
    }

    /** In how many parts to reduce a row of n elements. */
    static long parts(long rows, long n, boolean across) {
        long lanes = Rows.of(rows, n, across).lanes();
        long perLane = (n + lanes - 1) / lanes;
        boolean many = rows >= MANY_LANES / lanes && perLane <= PER_LANE_OF_MANY;
        return many ? 1 : Math.clamp((perLane + PER_LANE - 1) / PER_LANE, 1, MAX_PARTS);
    }

    /** The type in which numbers of a type are added up: A of the kernels. */
    static DType sumType(DType dtype) {
        return switch (dtype) {
            case F64 -> DType.F64;
            case F32, BF16, F16 -> DType.F32;
            case I32, I64, BOOL -> DType.I64;
        };
    }

    /** result [rows] of dtype = the sums of partials [parts, rows] of its {@link #sumType}. */
    static void sumOfParts(Work work, DType dtype, Block partials, Block result, long rows, long parts) {
        join(work, dtype, "reduce_sum", partials, result, rows, parts, parts);
    }

    private static void join(
            Work work, DType dtype, String entry, Block partials, Block result, long rows, long parts, long count) {
        Launch launch = work.kernel("reduce", Kernels.type(dtype) + " FROM_PARTS", entry)
                .dense(result)
                .dense(partials)
                .layout(new long[] {rows}, new long[] {1})
                .layout(new long[] {parts}, new long[] {rows})
                .integer(rows)
                .integer(parts)
                .integer(1)
                .integer(count);
        Rows.of(rows, parts, true).launch(launch);
    }

    /** Up to {@link Updates#TENSORS} tensors in a launch, and one over the sums of their parts. */
    static void globalNorm(Work work) {
        DType dtype = work.in(0).dtype();
        Block[] dense = new Block[work.count()];
        long[] first = new long[work.count() + 1]; // where the sums of an input's parts begin
        for (int i = 0; i < dense.length; i++) {
            dense[i] = work.dense(i);
            first[i + 1] = first[i] + Math.ceilDiv(work.in(i).size(), NORM_PART);
        }
        long parts = first[dense.length];
        Block sums = work.scratch(DType.F64, Math.max(1, parts));
        for (int from = 0; from < dense.length; from += Updates.TENSORS) {
            int count = Math.min(Updates.TENSORS, dense.length - from);
            long most = 0;
            Launch launch = work.kernel("global_norm", dtype, "square_sums");
            for (int i = 0; i < Updates.TENSORS; i++) {
                int input = i < count ? from + i : from; // one of those that are there, where there are fewer
                most = Math.max(most, first[input + 1] - first[input]);
                launch.integer(i < count ? work.in(input).size() : 0)
                        .integer(first[input])
                        .dense(dense[input]);
            }
            launch.integer(count).integer(NORM_PART).dense(sums).groups(most, count, 1, NORM_ITEMS);
        }
        join(work, DType.F64, "reduce_l2_norm", sums, work.result(0), 1, parts, parts);
    }

    static void argReduce(ArgReduce op, Work work) {
        Tensor x = work.in(0);
        Strides kept = along(x, axes(x, a -> a != op.axis()));
        long stride = x.strides()[op.axis()];
        long rows = work.out(0).size();
        long n = x.dim(op.axis());
        Launch launch = work.kernel("arg_reduce", x.dtype(), "arg_reduce")
                .tensor(work.out(0))
                .tensor(x);
        kept.pass(launch, 0).integer(stride).integer(rows).integer(n).integer(op.largest() ? 1 : 0);
        Rows.of(rows, n, kept.lastStride(0) < Math.abs(stride)).launch(launch);
    }

    static void cumulativeSum(CumulativeSum op, Work work) {
        Tensor x = work.in(0);
        Tensor y = work.out(0);
        if (y.size() == 0) {
            return;
        }
        long n = x.dim(op.axis());
        long rows = y.size() / n;
        Strides lines = without(op.axis(), y, x);
        boolean across = lines.lastStride(0) < y.strides()[op.axis()];
        Launch launch = work.kernel(
                        "cumulative_sum", x.dtype(), across ? "cumulative_sum_across" : "cumulative_sum_along")
                .tensor(y)
                .tensor(x);
        lines.pass(lines.pass(launch, 0), 1)
                .integer(y.strides()[op.axis()])
                .integer(x.strides()[op.axis()])
                .integer(rows)
                .integer(n)
                .integer(op.reverse() ? 1 : 0);
        if (across) {
            Rows shared = Rows.of(rows, n, true);
            shared.groups(launch.integer(shared.lanes()));
        } else {
            launch.groups(rows, Math.clamp(Rows.powerOfTwo(n) / 4, 32, Rows.GROUP_ITEMS));
        }
    }

    /** The layouts of tensors of one shape without an axis. */
    static Strides without(int axis, Tensor... operands) {
        int[] kept = axes(operands[0], a -> a != axis);
        long[][] strides = new long[operands.length][];
        for (int i = 0; i < operands.length; i++) {
            strides[i] = pick(operands[i].strides(), kept);
        }
        return new Strides(Shape.of(pick(operands[0].shape().toArray(), kept)), strides);
    }

    private static Strides along(Tensor x, int... axes) {
        return new Strides(Shape.of(pick(x.shape().toArray(), axes)), pick(x.strides(), axes));
    }

    private static int[] axes(Tensor x, IntPredicate some) {
        return IntStream.range(0, x.rank()).filter(some).toArray();
    }

    private static long[] pick(long[] values, int... axes) {
        return IntStream.of(axes).mapToLong(a -> values[a]).toArray();
    }
}
