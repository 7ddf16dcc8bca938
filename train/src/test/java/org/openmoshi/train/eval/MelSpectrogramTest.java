package org.openmoshi.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MelSpectrogramTest {
    @Test
    void agreesWithNumPy() {
        float[][] mel = new MelSpectrogram(24_000, 1024, 256, 64, 64, 12_000).compute(TestSignals.voice());
        assertThat(mel).hasDimensions(137, 64);
        assertThat(mel[3][0]).isCloseTo(6.0959183f, within(1e-4f));
        assertThat(mel[3][20]).isCloseTo(9.98385788f, within(1e-4f));
        assertThat(mel[100][63]).isCloseTo(4.74438333f, within(1e-4f));
        assertThat(sum(mel)).isCloseTo(32214.00554596047, within(0.1));
    }

    @Test
    void agreesWithNumPyForAnOddWindow() {
        float[] x = Arrays.copyOf(TestSignals.voice(), 3000);
        float[][] mel = new MelSpectrogram(16_000, 401, 100, 20, 0, 8000).compute(x);
        assertThat(mel).hasDimensions(26, 20);
        assertThat(mel[3][0]).isCloseTo(21.518774f, within(1e-4f));
        assertThat(mel[10][10]).isCloseTo(4.1473913f, within(1e-4f));
        assertThat(sum(mel)).isCloseTo(3417.09388476219, within(0.01));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 20, 35})
    void putsAToneIntoTheFilterAroundIt(int filter) {
        double low = MelSpectrogram.hzToMel(64);
        double step = (MelSpectrogram.hzToMel(12_000) - low) / 41;
        double hz = MelSpectrogram.melToHz(low + (filter + 1) * step);
        float[] x = new float[4096];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.sin(2 * Math.PI * hz * i / 24_000);
        }
        float[] mel = new MelSpectrogram(24_000, 2048, 512, 40, 64, 12_000).compute(x)[1];
        int loudest = 0;
        for (int m = 1; m < mel.length; m++) {
            loudest = mel[m] > mel[loudest] ? m : loudest;
        }
        assertThat(loudest).isEqualTo(filter);
    }

    @Test
    void countsFramesAndPadsWhatIsShorterThanOne() {
        MelSpectrogram spectrogram = new MelSpectrogram(24_000, 1024, 256, 8, 0, 12_000);
        assertThat(spectrogram.numFrames(1)).isEqualTo(1);
        assertThat(spectrogram.numFrames(1024)).isEqualTo(1);
        assertThat(spectrogram.numFrames(1279)).isEqualTo(1);
        assertThat(spectrogram.numFrames(1280)).isEqualTo(2);
        float[] x = Arrays.copyOf(TestSignals.voice(), 700);
        assertThat(spectrogram.compute(x)).isDeepEqualTo(spectrogram.compute(Arrays.copyOf(x, 1024)));
    }

    @Test
    void convertsMelAndHzBothWays() {
        assertThat(MelSpectrogram.hzToMel(1000)).isCloseTo(1000, within(0.02));
        assertThat(MelSpectrogram.melToHz(MelSpectrogram.hzToMel(4321))).isCloseTo(4321, within(1e-8));
    }

    @Test
    void refusesEdgesOutsideTheSpectrum() {
        assertThatThrownBy(() -> new MelSpectrogram(24_000, 1024, 256, 8, 64, 12_001))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("12001");
        assertThatThrownBy(() -> new MelSpectrogram(24_000, 1024, 0, 8, 64, 12_000))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static double sum(float[][] mel) {
        double sum = 0;
        for (float[] row : mel) {
            for (float v : row) {
                sum += v;
            }
        }
        return sum;
    }
}
