package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.openmoshi.tensor.ComputeOp.UnaryKind;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Gradients of the elementwise functions, dx[i] = g[i] f'(x[i]), in one pass. Functions that
 * {@linkplain UnaryKind#savesResult() save their result} take y = f(x) in the place of x. dx may be g or x.
 */
public final class UnaryGradKernel {
    private static final int GRAIN = 1 << 15;

    private UnaryGradKernel() {}

    /**
     * dx[i] = g[i] f'(x[i]).
     *
     * @param x the operand of f, or its result for the functions that save that
     */
    public static void apply(
            UnaryKind f,
            float a,
            float b,
            MemorySegment x,
            long xOffset,
            MemorySegment g,
            long gOffset,
            MemorySegment dx,
            long dxOffset,
            long n) {
        int tasks = (int) ((n + GRAIN - 1) / GRAIN);
        if (tasks == 1) {
            block(f, a, b, x, xOffset, g, gOffset, dx, dxOffset, (int) n);
            return;
        }
        Parallel.run(tasks, t -> {
            long from = (long) t * GRAIN;
            int count = (int) Math.min(GRAIN, n - from);
            block(f, a, b, x, xOffset + from, g, gOffset + from, dx, dxOffset + from, count);
        });
    }

    private static void block(
            UnaryKind f,
            float a,
            float b,
            MemorySegment x,
            long xo,
            MemorySegment g,
            long go,
            MemorySegment d,
            long o,
            int n) {
        int whole = Lanes.whole(n);
        if (whole > 0) {
            vectors(f, a, b, x, xo, g, go, d, o, whole);
        }
        int rest = n - whole;
        if (rest == 0) {
            return;
        }
        if (n > L && !Lanes.samePlace(g, go, d, o) && !Lanes.samePlace(x, xo, d, o)) {
            vectors(f, a, b, x, xo + n - L, g, go + n - L, d, o + n - L, L);
        } else {
            MemorySegment padded = Scratch.get(Use.TAIL, 2L * L);
            Lanes.copyPadded(x, xo + whole, padded, 0, rest);
            Lanes.copyPadded(g, go + whole, padded, L, rest);
            vectors(f, a, b, padded, 0, padded, L, padded, 0, L);
            Lanes.copy(padded, 0, d, o + whole, rest);
        }
    }

    private static void vectors(
            UnaryKind f,
            float a,
            float b,
            MemorySegment x,
            long xo,
            MemorySegment g,
            long go,
            MemorySegment d,
            long o,
            int n) {
        switch (f) {
            case NEG -> affine(-1f, g, go, d, o, n);
            case AFFINE -> affine(a, g, go, d, o, n);
            case SIGN, FLOOR, ROUND -> d.asSlice(o << 2, (long) n << 2).fill((byte) 0);
            case ABS -> abs(x, xo, g, go, d, o, n);
            case SQUARE -> square(x, xo, g, go, d, o, n);
            case SQRT -> sqrt(x, xo, g, go, d, o, n);
            case RSQRT -> rsqrt(x, xo, g, go, d, o, n);
            case RECIPROCAL -> reciprocal(x, xo, g, go, d, o, n);
            case EXP -> exp(x, xo, g, go, d, o, n);
            case LOG -> log(x, xo, g, go, d, o, n);
            case SIN -> sin(x, xo, g, go, d, o, n);
            case COS -> cos(x, xo, g, go, d, o, n);
            case TANH -> tanh(x, xo, g, go, d, o, n);
            case SIGMOID -> sigmoid(x, xo, g, go, d, o, n);
            case RELU -> relu(x, xo, g, go, d, o, n);
            case SILU -> silu(x, xo, g, go, d, o, n);
            case GELU -> gelu(x, xo, g, go, d, o, n);
            case ELU -> elu(a, x, xo, g, go, d, o, n);
            case LEAKY_RELU -> leakyRelu(a, x, xo, g, go, d, o, n);
            case CLAMP -> clamp(a, b, x, xo, g, go, d, o, n);
            case POW -> pow(a, x, xo, g, go, d, o, n);
        }
    }

    private static void affine(float a, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            store(load(g, go + i).mul(a), d, o + i);
        }
    }

    private static void abs(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.blend(u.neg(), v.compare(LT, 0f)).blend(0f, v.compare(EQ, 0f)), d, o + i);
        }
    }

    private static void square(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.mul(v.add(v)), d, o + i);
        }
    }

    private static void sqrt(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.mul(0.5f).div(v), d, o + i);
        }
    }

    private static void rsqrt(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.mul(-0.5f).mul(v).mul(v).mul(v), d, o + i);
        }
    }

    private static void reciprocal(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.neg().mul(v).mul(v), d, o + i);
        }
    }

    private static void exp(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.mul(v), d, o + i);
        }
    }

    private static void log(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.div(v), d, o + i);
        }
    }

    private static void tanh(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.mul(v.mul(v).neg().add(1f)), d, o + i);
        }
    }

    private static void sigmoid(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.mul(v).mul(v.neg().add(1f)), d, o + i);
        }
    }

    private static void relu(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.blend(0f, v.compare(LE, 0f)), d, o + i);
        }
    }

    // Below 0 the derivative a e^x is y + a.
    private static void elu(
            float a, MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.blend(u.mul(v.add(a)), v.compare(LE, 0f)), d, o + i);
        }
    }

    private static void leakyRelu(
            float a, MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.blend(u.mul(a), v.compare(LE, 0f)), d, o + i);
        }
    }

    private static void clamp(
            float a, float b, MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            store(u.blend(0f, v.compare(LT, a).or(v.compare(GT, b))), d, o + i);
        }
    }

    // s + x s (1 - s) with s = sigmoid(x)
    private static void silu(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            FloatVector u = load(g, go + i);
            FloatVector s = VectorMath.sigmoid(v);
            store(u.mul(s).mul(v.mul(s.neg().add(1f)).add(1f)), d, o + i);
        }
    }

    // Phi(x) + x phi(x). Memory is reached without the methods of Lanes: after so many vector operations the JIT
    // inlines
    // nothing but the Vector API itself.
    private static void gelu(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        long from = Lanes.address(x, xo << 2, n * 4L) & ADDRESSES;
        long gradient = Lanes.address(g, go << 2, n * 4L) & ADDRESSES;
        long to = Lanes.address(d, o << 2, n * 4L) & ADDRESSES;
        for (int i = 0; i < n; i += L) {
            FloatVector v = FloatVector.fromMemorySegment(F, MEMORY, from + i * 4L, LITTLE_ENDIAN);
            FloatVector u = FloatVector.fromMemorySegment(F, MEMORY, gradient + i * 4L, LITTLE_ENDIAN);
            FloatVector density = VectorMath.normalDensity(v);
            FloatVector distribution = VectorMath.normalDistribution(v, density);
            u.mul(v.lanewise(FMA, density, distribution)).intoMemorySegment(MEMORY, to + i * 4L, LITTLE_ENDIAN);
        }
    }

    private static void sin(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            if (v.abs().compare(GT, VectorMath.LARGEST_ANGLE).anyTrue()) {
                for (int j = i; j < i + L; j++) {
                    float derivative = (float) Math.cos(Lanes.get(x, xo + j));
                    Lanes.set(d, o + j, Lanes.get(g, go + j) * derivative);
                }
            } else {
                store(load(g, go + i).mul(VectorMath.cos(v)), d, o + i);
            }
        }
    }

    private static void cos(MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector v = load(x, xo + i);
            if (v.abs().compare(GT, VectorMath.LARGEST_ANGLE).anyTrue()) {
                for (int j = i; j < i + L; j++) {
                    float derivative = (float) -Math.sin(Lanes.get(x, xo + j));
                    Lanes.set(d, o + j, Lanes.get(g, go + j) * derivative);
                }
            } else {
                store(load(g, go + i).mul(VectorMath.sin(v).neg()), d, o + i);
            }
        }
    }

    private static void pow(
            float a, MemorySegment x, long xo, MemorySegment g, long go, MemorySegment d, long o, int n) {
        if (a == 0f) {
            d.asSlice(o << 2, (long) n << 2).fill((byte) 0);
        } else if (a == 1f) {
            affine(1f, g, go, d, o, n);
        } else if (a == 2f) {
            square(x, xo, g, go, d, o, n);
        } else {
            for (int i = 0; i < n; i++) {
                double derivative = a * Math.pow(Lanes.get(x, xo + i), (double) a - 1);
                Lanes.set(d, o + i, Lanes.get(g, go + i) * (float) derivative);
            }
        }
    }
}
