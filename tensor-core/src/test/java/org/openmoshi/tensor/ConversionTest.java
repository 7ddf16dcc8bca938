package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openmoshi.tensor.testing.LeakExtension;

/** The 16-bit types over all of their patterns, on the default backend. */
@ExtendWith(LeakExtension.class)
class ConversionTest {
    private static final int PATTERNS = 1 << 16;

    private static Tensor everyPattern(DType dtype) {
        short[] bits = new short[PATTERNS];
        for (int i = 0; i < PATTERNS; i++) {
            bits[i] = (short) i;
        }
        return Tensor.of(Backends.defaultBackend(), MemorySegment.ofArray(bits), dtype, Shape.of(PATTERNS));
    }

    private static short[] bits(Tensor tensor) {
        short[] bits = new short[(int) tensor.size()];
        tensor.download(MemorySegment.ofArray(bits));
        return bits;
    }

    private static double value(DType dtype, int pattern) {
        int exponentBits = dtype == DType.BF16 ? 8 : 5;
        int mantissaBits = 15 - exponentBits;
        int exponent = (pattern >> mantissaBits) & ((1 << exponentBits) - 1);
        int mantissa = pattern & ((1 << mantissaBits) - 1);
        int bias = (1 << (exponentBits - 1)) - 1;
        double sign = (pattern & 0x8000) == 0 ? 1 : -1;
        if (exponent == (1 << exponentBits) - 1) {
            return mantissa == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        double fraction = mantissa * Math.pow(2, -mantissaBits);
        return exponent == 0
                ? sign * fraction * Math.pow(2, 1 - bias)
                : sign * (1 + fraction) * Math.pow(2, exponent - bias);
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void everyPatternWidensExactlyAndComesBack(DType dtype) {
        try (Scope _ = Scope.open()) {
            Tensor all = everyPattern(dtype);
            double[] wide = all.cast(DType.F64).toDoubles();
            float[] floats = all.cast(DType.F32).toFloats();
            short[] fromFloat = bits(all.cast(DType.F32).cast(dtype));
            short[] fromDouble = bits(all.cast(DType.F64).cast(dtype));
            for (int i = 0; i < PATTERNS; i++) {
                double expected = value(dtype, i);
                if (Double.isNaN(expected)) {
                    assertThat(wide[i]).as("%s %04x", dtype, i).isNaN();
                    assertThat(floats[i]).isNaN();
                    assertThat(value(dtype, fromFloat[i] & 0xffff)).isNaN();
                    assertThat(value(dtype, fromDouble[i] & 0xffff)).isNaN();
                } else {
                    assertThat(wide[i]).as("%s %04x", dtype, i).isEqualTo(expected);
                    assertThat((double) floats[i]).isEqualTo(expected);
                    assertThat(fromFloat[i]).isEqualTo((short) i);
                    assertThat(fromDouble[i]).isEqualTo((short) i);
                }
            }
        }
    }

    /** Between any two neighbours: the middle goes to the even one, its neighbours in float64 to the nearer one. */
    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void roundingIsToNearestEvenAndHappensOnce(DType dtype) {
        int infinity = dtype == DType.BF16 ? 0x7f80 : 0x7c00;
        double[] middles = new double[infinity];
        double[] below = new double[infinity];
        double[] above = new double[infinity];
        for (int i = 0; i < infinity; i++) {
            double low = value(dtype, i);
            double high = i + 1 == infinity ? 2 * low - value(dtype, i - 1) : value(dtype, i + 1);
            middles[i] = (low + high) / 2;
            below[i] = Math.nextDown(middles[i]);
            above[i] = Math.nextUp(middles[i]);
        }
        try (Scope _ = Scope.open()) {
            short[] fromMiddle = bits(Tensor.of(middles, infinity).cast(dtype));
            short[] fromBelow = bits(Tensor.of(below, infinity).cast(dtype));
            short[] fromAbove = bits(Tensor.of(above, infinity).cast(dtype));
            short[] fromNegative = bits(Tensor.of(above, infinity).neg().cast(dtype));
            for (int i = 0; i < infinity; i++) {
                assertThat(fromMiddle[i]).as("%s %04x", dtype, i).isEqualTo((short) (i + (i & 1)));
                assertThat(fromBelow[i]).isEqualTo((short) i);
                assertThat(fromAbove[i]).isEqualTo((short) (i + 1));
                assertThat(fromNegative[i]).isEqualTo((short) ((i + 1) | 0x8000));
            }
        }
    }

    @Test
    void longsRoundOnceToEveryFloat() {
        long[] values = {
            (1L << 60) + (1L << 52) + 1, // above the middle of two bfloat16 by less than float64 resolves
            (1L << 60) + (1L << 52),
            -(1L << 60) - (1L << 52) - 1,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            (1L << 53) + 1,
            (1L << 24) + 1,
            65519,
            65520
        };
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(values, values.length);
            float[] floats = x.cast(DType.F32).toFloats();
            double[] bf16 = x.cast(DType.BF16).toDoubles();
            double[] f16 = x.cast(DType.F16).toDoubles();
            for (int i = 0; i < values.length; i++) {
                assertThat(floats[i]).isEqualTo((float) values[i]);
                assertThat(bf16[i]).as("%d", values[i]).isEqualTo(nearestBFloat16(values[i]));
            }
            assertThat(f16[7]).isEqualTo(65504);
            assertThat(f16[8]).isEqualTo(Double.POSITIVE_INFINITY);
        }
    }

    /** By exact comparison of the distances to both neighbours. */
    private static double nearestBFloat16(long value) {
        BigDecimal exact = BigDecimal.valueOf(value);
        int pattern = Float.floatToRawIntBits((float) value) >>> 16;
        double best = Double.NaN;
        BigDecimal least = null;
        for (int candidate = pattern - 1; candidate <= pattern + 1; candidate++) {
            double number = value(DType.BF16, candidate);
            BigDecimal distance = new BigDecimal(number).subtract(exact).abs();
            int order = least == null ? -1 : distance.compareTo(least);
            if (order < 0 || (order == 0 && (candidate & 1) == 0)) {
                best = number;
                least = distance;
            }
        }
        return best;
    }

    @Test
    void floatsBecomeIntegersByTruncation() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(new double[] {2.9, -2.9, 1e30, -1e30, Double.NaN, 0.4}, 6);
            assertThat(x.cast(DType.I64).toLongs()).containsExactly(2, -2, Long.MAX_VALUE, Long.MIN_VALUE, 0, 0);
            assertThat(x.cast(DType.I32).toLongs()).containsExactly(2, -2, Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 0);
            assertThat(x.cast(DType.BOOL).toLongs()).containsExactly(1, 1, 1, 1, 1, 1);
            assertThat(Tensor.of(new long[] {1L << 32, (1L << 32) + 5, -1}, 3)
                            .cast(DType.I32)
                            .toLongs())
                    .containsExactly(0, 5, -1);
        }
    }
}
