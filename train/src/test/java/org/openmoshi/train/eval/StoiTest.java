package org.openmoshi.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoiTest {
    private final float[] x = TestSignals.voice();

    @ParameterizedTest
    @CsvSource({"24000, 0.9305629532993678", "16000, 0.8528805804032507", "10000, 0.6991423807039613"})
    void agreesWithNumPyAndSciPy(int sampleRate, double expected) {
        float[] y = TestSignals.degrade(x, 0.8, 0.05, 0.01);
        assertThat(Stoi.compute(x, y, sampleRate)).isCloseTo(expected, within(1e-6));
    }

    @Test
    void resamplesAsSciPyDoes() {
        double[] y = KaiserResampler.resample(Arrays.copyOf(x, 1200), 24_000, 10_000);
        assertThat(y).hasSize(500);
        assertThat(y[0]).isCloseTo(0.014580466835851177, within(1e-7));
        assertThat(y[1]).isCloseTo(0.1489571392476003, within(1e-7));
        assertThat(y[7]).isCloseTo(0.12409097012471486, within(1e-7));
        assertThat(y[250]).isCloseTo(-0.11314726214219467, within(1e-7));
        assertThat(y[499]).isCloseTo(-0.005538238147529594, within(1e-7));
    }

    @Test
    void ofTheReferenceItselfIsOneAtAnyLevel() {
        assertThat(Stoi.compute(x, x, 24_000)).isCloseTo(1, within(1e-9));
        assertThat(Stoi.compute(x, TestSignals.degrade(x, 0.3, 0, 0), 24_000)).isCloseTo(1, within(1e-6));
    }

    @Test
    void fallsWithNoise() {
        double last = 1;
        for (double level : new double[] {0.003, 0.03, 0.3, 3}) {
            double value = Stoi.compute(x, TestSignals.degrade(x, 1, level, 0), 24_000);
            assertThat(value).isLessThan(last);
            last = value;
        }
        assertThat(last).isLessThan(0.4);
    }

    @Test
    void ignoresPausesOfTheReference() {
        // Half a second of silence before and after holds noise in the estimate, which must hardly count.
        float[] padded = new float[x.length + 24_000];
        System.arraycopy(x, 0, padded, 12_000, x.length);
        float[] noisy = padded.clone();
        double[] noise = TestSignals.noise(12_000, 3);
        for (int i = 0; i < 11_000; i++) {
            noisy[i] = (float) (0.2 * noise[i]);
            noisy[noisy.length - 1 - i] = noisy[i];
        }
        assertThat(Stoi.compute(padded, noisy, 24_000)).isGreaterThan(0.97);
    }

    @Test
    void isUndefinedWithTooLittleSpeech() {
        assertThat(Stoi.compute(new float[24_000], new float[24_000], 24_000)).isNaN();
        assertThat(Stoi.compute(Arrays.copyOf(x, 7_000), Arrays.copyOf(x, 7_000), 24_000))
                .isNaN();
        assertThat(Stoi.compute(new float[1], new float[1], 24_000)).isNaN();
    }

    @Test
    void refusesOtherLengthsAndRates() {
        assertThatThrownBy(() -> Stoi.compute(new float[3], new float[4], 24_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("STOI");
        assertThatThrownBy(() -> Stoi.compute(x, x, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
