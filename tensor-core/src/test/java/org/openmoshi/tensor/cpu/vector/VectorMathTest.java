package org.openmoshi.tensor.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.tensor.ComputeOp.UnaryKind;

/** Bounds on the error of the elementary functions, over floats of every exponent, and their special values. */
class VectorMathTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    /** A prime step through all bit patterns, so that every exponent and both signs are met. */
    private static final int STEP = 40_009;

    @ParameterizedTest
    @CsvSource({"EXP, 1.0", "LOG, 1.0", "TANH, 2.6", "SIN, 2.0", "COS, 2.0", "ELU, 1.5", "SIGMOID, 2.0", "SILU, 2.6"})
    void errorInUnitsInTheLastPlace(UnaryKind kind, double bound) {
        int n = (int) ((1L << 32) / STEP);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = Float.intBitsToFloat(i * STEP);
        }
        float[] y = apply(kind, x);
        double worst = 0;
        float at = 0;
        for (int i = 0; i < n; i++) {
            double expected = reference(kind).applyAsDouble(x[i]);
            if (Double.isNaN(expected)) {
                assertThat(y[i]).as("%s(%s)", kind, x[i]).isNaN();
                continue;
            }
            // Below -87 the last functions leave the normal numbers and give 0.
            if (y[i] == (float) expected || Math.abs(expected) < Float.MIN_NORMAL * 1e3 && kind != UnaryKind.EXP) {
                continue;
            }
            double error = Math.abs(y[i] - expected) / Math.ulp((float) expected);
            if (!(error <= worst)) {
                worst = error;
                at = x[i];
            }
        }
        assertThat(worst).as("%s at %s", kind, at).isLessThanOrEqualTo(bound);
    }

    private static DoubleUnaryOperator reference(UnaryKind kind) {
        return switch (kind) {
            case EXP -> Math::exp;
            case LOG -> Math::log;
            case TANH -> Math::tanh;
            case SIN -> Math::sin;
            case COS -> Math::cos;
            case ELU -> x -> x < 0 ? Math.expm1(x) : x;
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case SILU -> x -> x / (1 + Math.exp(-x));
            default -> throw new IllegalArgumentException(kind.name());
        };
    }

    @Test
    void geluKeepsTheDigitsOfSmallResults() {
        // x Phi(x), from tables of the normal distribution function.
        float[] y = apply(UnaryKind.GELU, -6, -3, -1, -0.5f, 0, 0.5f, 1, 3, 6);
        double[] expected = {
            -5.9195256e-9, -0.0040496941, -0.15865525, -0.15426877, 0, 0.34573123, 0.84134475, 2.9959503, 6
        };
        for (int i = 0; i < y.length; i++) {
            assertThat((double) y[i]).isCloseTo(expected[i], within(1e-6 * Math.abs(expected[i])));
        }
    }

    private static org.assertj.core.data.Offset<Double> within(double offset) {
        return org.assertj.core.data.Offset.offset(offset);
    }

    @Test
    void specialValues() {
        assertThat(apply(UnaryKind.EXP, INFINITY, -INFINITY, 0, -0f, 89, -104, Float.NaN))
                .containsExactly(INFINITY, 0, 1, 1, INFINITY, 0, Float.NaN);
        assertThat(apply(UnaryKind.EXP, -103)).containsExactly(Float.MIN_VALUE);
        assertThat(apply(UnaryKind.LOG, INFINITY, -INFINITY, 0, -0f, 1, -1, Float.NaN))
                .containsExactly(INFINITY, Float.NaN, -INFINITY, -INFINITY, 0, Float.NaN, Float.NaN);
        assertThat(apply(UnaryKind.TANH, INFINITY, -INFINITY, 0, 20, -20, Float.NaN))
                .containsExactly(1, -1, 0, 1, -1, Float.NaN);
        assertThat(apply(UnaryKind.SIGMOID, INFINITY, -INFINITY, 0, Float.NaN)).containsExactly(1, 0, 0.5f, Float.NaN);
        assertThat(apply(UnaryKind.SIN, INFINITY, 0, 1e30f, Float.NaN))
                .containsExactly(Float.NaN, 0, (float) Math.sin(1e30f), Float.NaN);
        assertThat(apply(UnaryKind.RELU, -1, 2, Float.NaN)).containsExactly(0, 2, Float.NaN);
        assertThat(apply(UnaryKind.FLOOR, -0.5f, 1.5f, 2, -1e30f, INFINITY))
                .containsExactly(-1, 1, 2, -1e30f, INFINITY);
        assertThat(apply(UnaryKind.ROUND, -0.5f, 0.5f, 1.5f, 2.5f, 8388609f)).containsExactly(-0f, 0, 2, 2, 8388609f);
        assertThat(apply(UnaryKind.SIGN, -3, 0, 5, Float.NaN)).containsExactly(-1, 0, 1, Float.NaN);
    }

    /** The kernel on guarded memory, once into another place and once onto itself. */
    private static float[] apply(UnaryKind kind, float... x) {
        try (Arena arena = Arena.ofShared()) {
            float guard = 12345f;
            MemorySegment source = arena.allocate(4L * (x.length + 2), 64);
            MemorySegment target = arena.allocate(4L * (x.length + 2), 64);
            CopyKernel.fill(target, 0, x.length + 2, guard);
            for (int i = 0; i < x.length; i++) {
                Lanes.set(source, i + 1, x[i]);
            }
            UnaryKernel.apply(kind, 1, 0, source, 1, target, 1, x.length);
            UnaryKernel.apply(kind, 1, 0, source, 1, source, 1, x.length);
            assertThat(Lanes.get(target, 0)).isEqualTo(guard);
            assertThat(Lanes.get(target, x.length + 1)).isEqualTo(guard);
            float[] y = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i] = Lanes.get(target, i + 1);
                assertThat(Float.floatToIntBits(Lanes.get(source, i + 1))).isEqualTo(Float.floatToIntBits(y[i]));
            }
            return y;
        }
    }
}
