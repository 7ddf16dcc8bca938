package org.openmoshi.tensor.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Floats in native memory between two guard bands that a kernel must leave alone. */
final class Guarded {
    /** Elements before and after the floats. */
    static final int GUARD = 64;

    private static final float SENTINEL = -12345.5f;

    final MemorySegment segment;
    final int length;

    private Guarded(int length) {
        this.length = length;
        this.segment = Arena.ofAuto().allocate((length + 2L * GUARD) * 4, 64);
        for (int i = 0; i < length + 2 * GUARD; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, SENTINEL);
        }
    }

    /** Every element holds the sentinel, so an element that a kernel forgets shows. */
    static Guarded unset(int length) {
        return new Guarded(length);
    }

    static Guarded random(int length, Random random) {
        Guarded guarded = new Guarded(length);
        for (int i = 0; i < length; i++) {
            guarded.set(i, random.nextFloat() * 2 - 1);
        }
        return guarded;
    }

    /** Offset of the first element inside the segment. */
    long offset() {
        return GUARD;
    }

    float get(long index) {
        return segment.getAtIndex(ValueLayout.JAVA_FLOAT, GUARD + index);
    }

    void set(long index, float value) {
        segment.setAtIndex(ValueLayout.JAVA_FLOAT, GUARD + index, value);
    }

    float[] toArray() {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = get(i);
        }
        return values;
    }

    void assertGuardsIntact(String what) {
        for (int i = 0; i < GUARD; i++) {
            assertThat(segment.getAtIndex(ValueLayout.JAVA_FLOAT, i))
                    .as("%s: guard before", what)
                    .isEqualTo(SENTINEL);
            assertThat(segment.getAtIndex(ValueLayout.JAVA_FLOAT, (long) GUARD + length + i))
                    .as("%s: guard after", what)
                    .isEqualTo(SENTINEL);
        }
    }

    /** Compares with sums made in float64; the bound grows with the number of terms and their size. */
    void assertClose(String what, double[] expected, double[] magnitude) {
        assertGuardsIntact(what);
        for (int i = 0; i < length; i++) {
            double bound = 1e-6 * magnitude[i] + 1e-7;
            if (!(Math.abs(get(i) - expected[i]) <= bound)) {
                throw new AssertionError(what + ": element " + i + " is " + get(i) + ", expected " + expected[i]);
            }
        }
    }
}
