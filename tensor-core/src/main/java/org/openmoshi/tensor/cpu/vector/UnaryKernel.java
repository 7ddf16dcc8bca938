package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.openmoshi.tensor.ComputeOp.UnaryKind;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Elementwise functions of one contiguous float32 operand, y[i] = f(x[i]); y may be x. The parameters a and b are
 * those of {@link UnaryKind}. Each function has a loop of its
 * own over whole vectors; the last vector overlaps the one before it, or goes through padded scratch memory where that
 * would read what has been overwritten. So every element is computed by the same instructions wherever it stands.
 */
public final class UnaryKernel {
    private static final int GRAIN = 1 << 15;

    private UnaryKernel() {}

    /** y[i] = f(x[i]) for n elements; parameters that f does not have do not matter. */
    public static void apply(
            UnaryKind f, float a, float b, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long n) {
        int tasks = (int) ((n + GRAIN - 1) / GRAIN);
        if (tasks == 1) {
            block(f, a, b, x, xOffset, y, yOffset, (int) n);
            return;
        }
        Parallel.run(tasks, t -> {
            long from = (long) t * GRAIN;
            block(f, a, b, x, xOffset + from, y, yOffset + from, (int) Math.min(GRAIN, n - from));
        });
    }

    private static void block(
            UnaryKind f, float a, float b, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        int whole = Lanes.whole(n);
        if (whole > 0) {
            vectors(f, a, b, x, xo, y, yo, whole);
        }
        int rest = n - whole;
        if (rest == 0) {
            return;
        }
        if (n > L && !Lanes.samePlace(x, xo, y, yo)) {
            vectors(f, a, b, x, xo + n - L, y, yo + n - L, L);
        } else {
            MemorySegment padded = Scratch.get(Use.TAIL, L);
            Lanes.copyPadded(x, xo + whole, padded, 0, rest);
            vectors(f, a, b, padded, 0, padded, 0, L);
            Lanes.copy(padded, 0, y, yo + whole, rest);
        }
    }

    private static void vectors(
            UnaryKind f, float a, float b, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        switch (f) {
            case NEG -> neg(x, xo, y, yo, n);
            case ABS -> abs(x, xo, y, yo, n);
            case SIGN -> sign(x, xo, y, yo, n);
            case SQUARE -> square(x, xo, y, yo, n);
            case SQRT -> sqrt(x, xo, y, yo, n);
            case RSQRT -> rsqrt(x, xo, y, yo, n);
            case RECIPROCAL -> reciprocal(x, xo, y, yo, n);
            case EXP -> exp(x, xo, y, yo, n);
            case LOG -> log(x, xo, y, yo, n);
            case SIN -> sin(x, xo, y, yo, n);
            case COS -> cos(x, xo, y, yo, n);
            case TANH -> tanh(x, xo, y, yo, n);
            case SIGMOID -> sigmoid(x, xo, y, yo, n);
            case RELU -> relu(x, xo, y, yo, n);
            case SILU -> silu(x, xo, y, yo, n);
            case GELU -> gelu(x, xo, y, yo, n);
            case ELU -> elu(a, x, xo, y, yo, n);
            case LEAKY_RELU -> leakyRelu(a, x, xo, y, yo, n);
            case CLAMP -> clamp(a, b, x, xo, y, yo, n);
            case AFFINE -> affine(a, b, x, xo, y, yo, n);
            case POW -> pow(a, x, xo, y, yo, n);
            case FLOOR -> floor(x, xo, y, yo, n);
            case ROUND -> round(x, xo, y, yo, n);
        }
    }

    private static void neg(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.neg(), y, yo + i);
        }
    }

    private static void abs(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.abs(), y, yo + i);
        }
    }

    private static void sign(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.blend(1f, v.compare(GT, 0f)).blend(-1f, v.compare(LT, 0f)), y, yo + i);
        }
    }

    private static void square(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.mul(v), y, yo + i);
        }
    }

    private static void sqrt(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.sqrt(), y, yo + i);
        }
    }

    private static void rsqrt(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(FloatVector.broadcast(Lanes.F, 1f).div(v.sqrt()), y, yo + i);
        }
    }

    private static void reciprocal(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(FloatVector.broadcast(Lanes.F, 1f).div(v), y, yo + i);
        }
    }

    private static void exp(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(VectorMath.exp(v), y, yo + i);
        }
    }

    private static void log(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(VectorMath.log(v), y, yo + i);
        }
    }

    private static void tanh(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(VectorMath.tanh(v), y, yo + i);
        }
    }

    private static void sigmoid(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(VectorMath.sigmoid(v), y, yo + i);
        }
    }

    private static void relu(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.blend(0f, v.compare(LT, 0f)), y, yo + i);
        }
    }

    private static void silu(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.mul(VectorMath.sigmoid(v)), y, yo + i);
        }
    }

    // Memory is reached without the methods of Lanes: after so many vector operations the JIT inlines nothing but the
    // Vector API itself.
    private static void gelu(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        long from = Lanes.address(x, xo << 2, n * 4L) & ADDRESSES;
        long to = Lanes.address(y, yo << 2, n * 4L) & ADDRESSES;
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromMemorySegment(F, MEMORY, from + i * 4L, LITTLE_ENDIAN);
            VectorMath.gelu(v, VectorMath.normalDensity(v)).intoMemorySegment(MEMORY, to + i * 4L, LITTLE_ENDIAN);
        }
    }

    private static void elu(float a, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.blend(VectorMath.expm1(v).mul(a), v.compare(LT, 0f)), y, yo + i);
        }
    }

    private static void leakyRelu(float a, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.blend(v.mul(a), v.compare(LT, 0f)), y, yo + i);
        }
    }

    private static void clamp(float a, float b, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.blend(a, v.compare(LT, a)).blend(b, v.compare(GT, b)), y, yo + i);
        }
    }

    private static void affine(float a, float b, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(v.mul(a).add(b), y, yo + i);
        }
    }

    private static void floor(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector r = VectorMath.roundEven(v);
            store(r.blend(r.sub(1f), r.compare(GT, v)), y, yo + i);
        }
    }

    private static void round(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            store(VectorMath.roundEven(v), y, yo + i);
        }
    }

    private static void sin(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            VectorMask<Float> large = v.abs().compare(GT, VectorMath.LARGEST_ANGLE);
            if (large.anyTrue()) {
                for (int j = i; j < i + L; j++) {
                    Lanes.set(y, yo + j, (float) Math.sin(Lanes.get(x, xo + j)));
                }
            } else {
                store(VectorMath.sin(v), y, yo + i);
            }
        }
    }

    private static void cos(MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            VectorMask<Float> large = v.abs().compare(GT, VectorMath.LARGEST_ANGLE);
            if (large.anyTrue()) {
                for (int j = i; j < i + L; j++) {
                    Lanes.set(y, yo + j, (float) Math.cos(Lanes.get(x, xo + j)));
                }
            } else {
                store(VectorMath.cos(v), y, yo + i);
            }
        }
    }

    private static void pow(float a, MemorySegment x, long xo, MemorySegment y, long yo, int n) {
        if (a == 1f) {
            affine(1f, 0f, x, xo, y, yo, n);
        } else if (a == 2f) {
            square(x, xo, y, yo, n);
        } else if (a == 0.5f) {
            sqrt(x, xo, y, yo, n);
        } else if (a == -1f) {
            reciprocal(x, xo, y, yo, n);
        } else if (a == -0.5f) {
            rsqrt(x, xo, y, yo, n);
        } else {
            // e^(a log x) in float32 loses digits in proportion to its exponent.
            for (int i = 0; i < n; i++) {
                Lanes.set(y, yo + i, (float) Math.pow(Lanes.get(x, xo + i), a));
            }
        }
    }
}
