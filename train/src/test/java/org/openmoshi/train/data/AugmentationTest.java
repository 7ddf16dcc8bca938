package org.openmoshi.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AugmentationTest {
    private static final int RATE = 24_000;
    private static final int LENGTH = 12_000;

    private static final Augmentation NOISE = new Augmentation(GainRange.NONE, 0, 1, 1, 1, 10, 10);
    private static final Augmentation ROOM = new Augmentation(GainRange.NONE, 1, 0.3, 0.3, 0, 0, 0);

    private static float[] tone() {
        float[] samples = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            samples[i] = (float) (0.2 * Math.sin(2 * Math.PI * 440 * i / RATE));
        }
        return samples;
    }

    private static float[] distorted(Augmentation augmentation, long seed, long index, float[] samples) {
        float[] copy = samples.clone();
        augmentation.distort(seed, index, copy, 0, copy.length, RATE);
        return copy;
    }

    private static double power(float[] samples) {
        double sum = 0;
        for (float sample : samples) {
            sum += (double) sample * sample;
        }
        return sum / samples.length;
    }

    private static float[] difference(float[] a, float[] b) {
        float[] difference = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return difference;
    }

    @Test
    void isAFunctionOfSeedAndIndex() {
        Augmentation both = new Augmentation(GainRange.NONE, 0.5, 0.1, 0.6, 0.5, 0, 30);
        for (long index = 0; index < 20; index++) {
            assertThat(distorted(both, 1, index, tone())).containsExactly(distorted(both, 1, index, tone()));
        }
        assertThat(distorted(NOISE, 1, 5, tone())).isNotEqualTo(distorted(NOISE, 1, 6, tone()));
        assertThat(distorted(NOISE, 1, 5, tone())).isNotEqualTo(distorted(NOISE, 2, 5, tone()));
    }

    @Test
    void noiseHasTheAskedPower() {
        for (long index = 0; index < 5; index++) {
            float[] noise = difference(distorted(NOISE, 3, index, tone()), tone());
            assertThat(10 * Math.log10(power(tone()) / power(noise))).isCloseTo(10, within(0.01));
        }
        assertThat(distorted(NOISE, 3, 0, new float[LENGTH])).containsOnly(0);
    }

    @Test
    void reverberationDecaysAsAsked() {
        float[] impulse = new float[RATE];
        impulse[0] = 0.5f;
        float[] room = distorted(ROOM, 7, 1, impulse);
        assertThat(power(room)).isCloseTo(power(impulse), within(0.001 * power(impulse)));
        assertThat(room[0]).isBetween(0.35f, 0.5f); // the direct sound has at least half of the energy
        double early = power(Arrays.copyOfRange(room, RATE / 100, RATE / 20));
        double late = power(Arrays.copyOfRange(room, RATE / 100 + RATE / 10, RATE / 20 + RATE / 10));
        assertThat(10 * Math.log10(early / late)).isCloseTo(20, within(1.5)); // 60 dB in 0.3 s
        assertThat(Math.abs(room[RATE / 2])).isLessThan(1e-6f);
        for (int i = 1; i < 70; i++) {
            assertThat(room[i]).isCloseTo(0, within(1e-6f)); // before the first reflection
        }
    }

    @Test
    void isCausalAndEndsWithTheWindow() {
        float[] late = new float[LENGTH];
        late[LENGTH - 1] = 0.5f;
        float[] room = distorted(ROOM, 7, 1, late);
        for (int i = 0; i < LENGTH - 1; i++) {
            assertThat(room[i]).isCloseTo(0, within(1e-6f));
        }
    }

    @Test
    void happensAsOftenAsAsked() {
        Augmentation some = new Augmentation(GainRange.NONE, 0, 1, 1, 0.3, 20, 20);
        float[] tone = Arrays.copyOf(tone(), 100);
        int changed = 0;
        for (long index = 0; index < 2000; index++) {
            changed += Arrays.equals(distorted(some, 1, index, tone), tone) ? 0 : 1;
        }
        assertThat(changed / 2000.0).isCloseTo(0.3, within(0.05));
    }

    @Test
    void neverClips() {
        float[] loud = new float[LENGTH];
        Arrays.fill(loud, 1);
        for (float sample : distorted(NOISE, 1, 1, loud)) {
            assertThat(Math.abs(sample)).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void wrongRangesAreRefused() {
        assertThatThrownBy(() -> new Augmentation(GainRange.NONE, 2, 1, 1, 0, 0, 0))
                .hasMessageContaining("from 0 to 1");
        assertThatThrownBy(() -> new Augmentation(GainRange.NONE, 0, 2, 1, 0, 0, 0))
                .hasMessageContaining("from 2.0 to 1.0 s");
    }
}
