package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.ArgReduce;
import org.openmoshi.tensor.ComputeOp.CumulativeSum;
import org.openmoshi.tensor.ComputeOp.Reduce;
import org.openmoshi.tensor.ComputeOp.ReduceKind;

/** Sums, extremes and norms over axes, positions of extremes, running sums. */
public final class Reductions {
    private Reductions() {}

    /** One number per row of the reduced axes. */
    public static void reduce(Reduce op, Operands t) {
        Cells out = t.out(0);
        int rank = t.shape(0).rank();
        int[] order = new int[rank];
        long n = 1;
        for (int a = 0, kept = 0, reduced = rank - op.axes().count(); a < rank; a++) {
            if (op.axes().contains(a)) {
                order[reduced++] = a;
                n *= t.shape(0).dim(a);
            } else {
                order[kept++] = a;
            }
        }
        Cells x = t.permuted(0, order);
        for (long i = 0; i < out.size(); i++) {
            if (out.isIntegral()) {
                out.setLong(i, integers(op.kind(), x, i * n, n));
            } else {
                out.set(i, reals(op.kind(), x, i * n, n));
            }
        }
    }

    private static double reals(ReduceKind kind, Cells x, long from, long n) {
        double result = switch (kind) {
            case SUM, MEAN, L2_NORM -> 0;
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
        };
        for (long i = from; i < from + n; i++) {
            double value = x.get(i);
            result = switch (kind) {
                case SUM, MEAN -> result + value;
                case L2_NORM -> result + value * value;
                case MAX -> Math.max(result, value);
                case MIN -> Math.min(result, value);
            };
        }
        return switch (kind) {
            case SUM, MAX, MIN -> result;
            case MEAN -> result / n;
            case L2_NORM -> Math.sqrt(result);
        };
    }

    private static long integers(ReduceKind kind, Cells x, long from, long n) {
        long result = kind == ReduceKind.SUM ? 0 : x.getLong(from);
        for (long i = from; i < from + n; i++) {
            long value = x.getLong(i);
            result = switch (kind) {
                case SUM -> result + value;
                case MAX -> Math.max(result, value);
                case MIN -> Math.min(result, value);
                case MEAN, L2_NORM ->
                    throw new IllegalArgumentException(kind + " does not compute in integers; cast first");
            };
        }
        return result;
    }

    /** The norm of the elements of all inputs. */
    public static void globalNorm(Operands t) {
        double sum = 0;
        for (int input = 0; input < t.count(); input++) {
            Cells x = t.in(input);
            for (long i = 0; i < x.size(); i++) {
                sum += x.get(i) * x.get(i);
            }
        }
        t.out(0).set(0, Math.sqrt(sum));
    }

    /** Position of the first extreme along an axis; the first NaN, where there is one. */
    public static void argReduce(ArgReduce op, Operands t) {
        Cells x = t.in(0);
        Cells out = t.out(0);
        long n = x.dim(op.axis());
        long inner = x.shape().product(op.axis() + 1, x.shape().rank());
        for (long i = 0; i < out.size(); i++) {
            long first = i / inner * n * inner + i % inner;
            long best = 0;
            for (long j = 1; j < n; j++) {
                if (beats(x, first + j * inner, first + best * inner, op.largest())) {
                    best = j;
                }
            }
            out.setLong(i, best);
        }
    }

    private static boolean beats(Cells x, long i, long j, boolean largest) {
        if (x.isIntegral()) {
            return largest ? x.getLong(i) > x.getLong(j) : x.getLong(i) < x.getLong(j);
        }
        double candidate = x.get(i);
        double best = x.get(j);
        if (Double.isNaN(best)) {
            return false;
        }
        return Double.isNaN(candidate) || (largest ? candidate > best : candidate < best);
    }

    /** Running sums along an axis. */
    public static void cumulativeSum(CumulativeSum op, Operands t) {
        Cells x = t.in(0);
        Cells out = t.out(0);
        long n = x.dim(op.axis());
        long inner = x.shape().product(op.axis() + 1, x.shape().rank());
        long lines = n == 0 ? 0 : x.size() / n;
        for (long line = 0; line < lines; line++) {
            long first = line / inner * n * inner + line % inner;
            double real = 0;
            long integer = 0;
            for (long j = 0; j < n; j++) {
                long at = first + (op.reverse() ? n - 1 - j : j) * inner;
                if (x.isIntegral()) {
                    integer += x.getLong(at);
                    out.setLong(at, integer);
                } else {
                    real += x.get(at);
                    out.set(at, real);
                }
            }
        }
    }
}
