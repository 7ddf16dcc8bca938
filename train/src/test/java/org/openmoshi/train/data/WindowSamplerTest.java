package org.openmoshi.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowSamplerTest {

    private static final List<Clip> CLIPS = List.of(clip("a", 1), clip("b", 6), clip("c", 3));

    @Test
    void isAFunctionOfSeedAndIndex() {
        WindowSampler sampler = new WindowSampler(CLIPS, 7);
        WindowSampler other = new WindowSampler(CLIPS, 7);
        for (long index = 1000; index-- > 0; ) {
            assertThat(sampler.window(index, 0)).isEqualTo(other.window(index, 0));
        }
        assertThat(sampler.window(5, 0)).isNotEqualTo(sampler.window(6, 0));
        assertThat(sampler.window(5, 0)).isNotEqualTo(sampler.window(5, 1));
        assertThat(sampler.window(5, 0)).isNotEqualTo(new WindowSampler(CLIPS, 8).window(5, 0));
    }

    @Test
    void drawsInProportionToDurationAndUniformlyInside() {
        WindowSampler sampler = new WindowSampler(CLIPS, 1);
        int[] counts = new int[3];
        double position = 0;
        double gain = 0;
        double product = 0;
        int n = 100_000;
        for (int i = 0; i < n; i++) {
            WindowSampler.Window window = sampler.window(i, 0);
            counts[CLIPS.indexOf(window.clip())]++;
            assertThat(window.position()).isBetween(0.0, 0.999_999_999_999_999_9);
            position += window.position();
            gain += window.gain();
            product += (window.position() - 0.5) * (window.gain() - 0.5);
        }
        // Tolerances: 5 standard deviations of each mean.
        assertThat(counts[0] / (double) n).isCloseTo(0.1, within(0.005));
        assertThat(counts[1] / (double) n).isCloseTo(0.6, within(0.008));
        assertThat(counts[2] / (double) n).isCloseTo(0.3, within(0.008));
        assertThat(position / n).isCloseTo(0.5, within(0.005));
        assertThat(gain / n).isCloseTo(0.5, within(0.005));
        assertThat(product / n).isCloseTo(0, within(0.0014));
    }

    @Test
    void refusesToDrawFromNothing() {
        assertThatThrownBy(() -> new WindowSampler(List.of(), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Clip clip(String name, double duration) {
        return new Clip(name, Path.of(name), duration);
    }
}
