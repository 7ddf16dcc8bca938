package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Unary;
import org.openmoshi.tensor.ComputeOp.UnaryGrad;
import org.openmoshi.tensor.ComputeOp.UnaryKind;

/** Elementwise functions of one tensor and their derivatives. */
public final class Unaries {
    private Unaries() {}

    /** y = f(x). */
    public static void forward(Unary op, Operands t) {
        Cells x = t.in(0);
        Cells y = t.out(0);
        for (long i = 0; i < y.size(); i++) {
            if (x.isIntegral()) {
                y.setLong(i, value(op.kind(), x.getLong(i), op.a(), op.b()));
            } else {
                y.set(i, value(op.kind(), x.get(i), op.a(), op.b()));
            }
        }
    }

    /** dx = g f'(x), from x or from the result, whichever the function saves. */
    public static void gradient(UnaryGrad op, Operands t) {
        Cells g = t.in(0);
        Cells saved = t.in(1);
        Cells dx = t.out(0);
        for (long i = 0; i < dx.size(); i++) {
            dx.set(i, g.get(i) * derivative(op.kind(), saved.get(i), op.a(), op.b()));
        }
    }

    /** The function in double precision. */
    public static double value(UnaryKind kind, double x, double a, double b) {
        return switch (kind) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case RSQRT -> 1 / Math.sqrt(x);
            case RECIPROCAL -> 1 / x;
            case SQUARE -> x * x;
            case POW -> Math.pow(x, a);
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case TANH -> Math.tanh(x);
            case SIGMOID -> sigmoid(x);
            case ELU -> x > 0 ? x : a * Math.expm1(x);
            case GELU -> x * Erf.normalCdf(x);
            case SILU -> x * sigmoid(x);
            case RELU -> Math.max(x, 0);
            case LEAKY_RELU -> x > 0 ? x : a * x;
            case CLAMP -> Math.min(Math.max(x, a), b);
            case AFFINE -> a * x + b;
            case SIGN -> Math.signum(x);
            case FLOOR -> Math.floor(x);
            case ROUND -> Math.rint(x);
        };
    }

    private static long value(UnaryKind kind, long x, double a, double b) {
        return switch (kind) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SQUARE -> x * x;
            case RELU -> Math.max(x, 0);
            case CLAMP -> Math.min(Math.max(x, (long) a), (long) b);
            case AFFINE -> (long) a * x + (long) b;
            case SIGN -> Long.signum(x);
            case FLOOR, ROUND -> x;
            case EXP, LOG, SQRT, RSQRT, RECIPROCAL, POW, SIN, COS, TANH, SIGMOID, ELU, GELU, SILU, LEAKY_RELU ->
                throw new IllegalArgumentException(kind + " does not compute in integers; cast first");
        };
    }

    /** The derivative from s, which is f(x) for the kinds that {@linkplain UnaryKind#savesResult() save it}, else x. */
    private static double derivative(UnaryKind kind, double s, double a, double b) {
        return switch (kind) {
            // from the result
            case EXP -> s;
            case SQRT -> 0.5 / s;
            case RSQRT -> -0.5 * s * s * s;
            case RECIPROCAL -> -s * s;
            case TANH -> 1 - s * s;
            case SIGMOID -> s * (1 - s);
            case ELU -> s > 0 ? 1 : s + a;
            case RELU -> s > 0 ? 1 : 0;
            case LEAKY_RELU -> s > 0 ? 1 : a;
            // from the argument
            case NEG -> -1;
            case ABS -> Math.signum(s);
            case LOG -> 1 / s;
            case SQUARE -> 2 * s;
            case POW -> a == 0 ? 0 : a * Math.pow(s, a - 1);
            case SIN -> Math.cos(s);
            case COS -> -Math.sin(s);
            case GELU -> Erf.normalCdf(s) + s * Erf.normalPdf(s);
            case SILU -> sigmoid(s) * (1 + s * sigmoid(-s));
            case CLAMP -> s >= a && s <= b ? 1 : 0;
            case AFFINE -> a;
            case SIGN, FLOOR, ROUND -> 0;
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
