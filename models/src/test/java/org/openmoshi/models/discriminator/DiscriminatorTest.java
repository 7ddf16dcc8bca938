package org.openmoshi.models.discriminator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openmoshi.autograd.GradientCheck;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** The kinds beside MS-STFT, and several kinds together. */
@ExtendWith(LeakExtension.class)
class DiscriminatorTest {
    private static Discriminator random(DiscriminatorConfig... kinds) {
        return Discriminator.random(List.of(kinds), new Generator(1));
    }

    private static List<Shape> shapes(Discriminator discriminator, int samples) {
        try (discriminator;
                Scope _ = Scope.open()) {
            Discriminator.Verdict verdict = discriminator.forward(Tensor.full(DType.F32, 0.1, 2, 1, samples));
            List<Shape> shapes = new ArrayList<>();
            for (int i = 0; i < verdict.logits().size(); i++) {
                verdict.features().get(i).forEach(feature -> shapes.add(feature.shape()));
                shapes.add(verdict.logits().get(i).shape());
            }
            return shapes;
        }
    }

    @Test
    void periodsLookAtRowsOfSamples() {
        // 299 samples make 150 rows of 2; stride 3 leaves 50, 17, 6 and 2 of them
        assertThat(shapes(random(new MultiPeriodConfig(1, List.of(2))), 299))
                .containsExactly(
                        Shape.of(2, 1, 50, 2),
                        Shape.of(2, 4, 17, 2),
                        Shape.of(2, 16, 6, 2),
                        Shape.of(2, 32, 2, 2),
                        Shape.of(2, 32, 2, 2),
                        Shape.of(2, 1, 2, 2));
    }

    @Test
    void aPeriodSeesItsOwnSamplesOnly() {
        try (Discriminator discriminator = random(new MultiPeriodConfig(1, List.of(3)));
                Scope _ = Scope.open()) {
            float[] samples = new float[90];
            float[] before = discriminator
                    .forward(Tensor.of(samples, 1, 1, 90))
                    .logits()
                    .getFirst()
                    .toFloats();
            samples[31] = 1; // the second column
            float[] after = discriminator
                    .forward(Tensor.of(samples, 1, 1, 90))
                    .logits()
                    .getFirst()
                    .toFloats();
            for (int i = 0; i < after.length; i++) {
                if (i % 3 != 1) {
                    assertThat(after[i]).isEqualTo(before[i]);
                }
            }
            assertThat(after).isNotEqualTo(before);
        }
    }

    @Test
    void ratesAreHalved() {
        // strides 1, 2, 2, 4, 4, 1, 1; averaging makes 129 of 256 samples
        assertThat(shapes(random(new MultiScaleConfig(4, 2)), 256))
                .containsExactly(
                        Shape.of(2, 16, 256),
                        Shape.of(2, 16, 128),
                        Shape.of(2, 32, 64),
                        Shape.of(2, 64, 16),
                        Shape.of(2, 128, 4),
                        Shape.of(2, 128, 4),
                        Shape.of(2, 128, 4),
                        Shape.of(2, 1, 4),
                        Shape.of(2, 16, 129),
                        Shape.of(2, 16, 65),
                        Shape.of(2, 32, 33),
                        Shape.of(2, 64, 9),
                        Shape.of(2, 128, 3),
                        Shape.of(2, 128, 3),
                        Shape.of(2, 128, 3),
                        Shape.of(2, 1, 3));
    }

    @Test
    void frequenciesAndFramesAreHalvedThreeTimes() {
        // frames (64 - 16) / 4 + 1, frequencies 16 / 2 + 1
        assertThat(shapes(random(new MultiFrequencyConfig(2, List.of(16))), 64))
                .containsExactly(
                        Shape.of(2, 1, 13, 9),
                        Shape.of(2, 2, 7, 5),
                        Shape.of(2, 4, 7, 5),
                        Shape.of(2, 8, 4, 3),
                        Shape.of(2, 16, 4, 3),
                        Shape.of(2, 32, 2, 2),
                        Shape.of(2, 1, 2, 2));
    }

    @Test
    void levelsCountQuietSoundAsLoudSound() {
        try (Discriminator discriminator = Discriminator.zeros(List.of(new MultiFrequencyConfig(2, List.of(64))));
                Scope _ = Scope.open()) {
            Parameter weight = discriminator.stateDict().parameter("discriminators.0.discriminator.0.weight_v");
            weight.value().slice(1, 1, 2).slice(2, 1, 2).slice(3, 1, 2).fill_(1); // the level alone, middle tap
            discriminator
                    .stateDict()
                    .parameter("discriminators.0.discriminator.0.weight_g")
                    .value()
                    .fill_(1);
            double loud = meanLevel(discriminator, 0.5);
            double quiet = meanLevel(discriminator, 0.005); // 40 dB less is 0.4 less
            assertThat(loud - quiet).isBetween(0.39, 0.41);
            assertThat(meanLevel(discriminator, 0)).isBetween(0.09, 0.11); // the floor of 1e-7 is -70 dB
        }
    }

    private static double meanLevel(Discriminator discriminator, double amplitude) {
        Tensor noise = new Generator(3).normal(DType.F32, 0, 1, 1, 1, 3000).mul(amplitude);
        return discriminator
                .forward(noise)
                .features()
                .getFirst()
                .getFirst()
                .mean()
                .item();
    }

    /** Summed by hand over weights, gains and biases of each convolution, for the published number of filters. */
    static Object[][] counts() {
        return new Object[][] {
            {MsStftConfig.of(32, List.of(1024, 2048, 512, 256, 128)), 472_330},
            {new MultiPeriodConfig(32, List.of(2, 3, 5, 7, 11)), 41_105_770},
            {new MultiScaleConfig(32, 3), 29_622_918},
            {new MultiFrequencyConfig(32, List.of(512, 1024)), 3_156_484},
        };
    }

    @ParameterizedTest
    @MethodSource("counts")
    void haveThePublishedNumberOfParameters(DiscriminatorConfig config, long parameters) {
        try (Discriminator discriminator = Discriminator.zeros(List.of(config))) {
            assertThat(discriminator.stateDict().parameterCount()).isEqualTo(parameters);
        }
    }

    /** A kind and a number of samples. */
    static Object[][] gradients() {
        return new Object[][] {
            {new MultiPeriodConfig(1, List.of(2)), 25},
            {new MultiScaleConfig(4, 2), 12},
            {new MultiFrequencyConfig(2, List.of(8)), 24},
        };
    }

    @ParameterizedTest
    @MethodSource("gradients")
    void finiteDifferencesAgree(DiscriminatorConfig config, int samples) {
        try (Discriminator discriminator = Discriminator.random(List.of(config), DType.F64, new Generator(5))) {
            double error = GradientCheck.worstError(
                    in -> {
                        Discriminator.Verdict verdict = discriminator.forward(in[0]);
                        Tensor features = verdict.features().getFirst().getLast();
                        return Tensor.concat(0, verdict.logits().getLast().reshape(-1), features.reshape(-1));
                    },
                    new double[][] {new Random(4).doubles(samples, -1, 1).toArray()},
                    Shape.of(1, 1, samples));
            assertThat(error).isLessThan(1e-7);
        }
    }

    @Test
    void severalKindsJudgeTogether() {
        MultiPeriodConfig periods = new MultiPeriodConfig(1, List.of(2, 3));
        MsStftConfig windows = MsStftConfig.of(1, List.of(32));
        try (Discriminator both = random(periods, windows);
                Scope _ = Scope.open()) {
            Discriminator.Verdict verdict = both.forward(Tensor.full(DType.F32, 0.1, 1, 1, 40));
            assertThat(verdict.logits()).hasSize(3);
            assertThat(verdict.features()).hasSize(3);
            assertThat(both.stateDict().tensors())
                    .containsKey("mpd.discriminators.1.conv_post.weight_v")
                    .containsKey("msstft.discriminators.0.conv_post.conv.weight_v");
            assertThatThrownBy(() -> both.forward(Tensor.zeros(DType.F32, 1, 1, 31)))
                    .hasMessageContaining("at least 32");
        }
    }

    @Test
    void wrongSizesAreNamed() {
        assertThatThrownBy(() -> new MultiScaleConfig(6, 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("filters is 6");
        assertThatThrownBy(() -> new MultiFrequencyConfig(3, List.of(8))).hasMessageContaining("filters is 3");
        assertThatThrownBy(() -> new MultiFrequencyConfig(2, List.of(6))).hasMessageContaining("nFfts has 6");
        assertThatThrownBy(() -> new MultiPeriodConfig(2, List.of(0))).hasMessageContaining("periods is 0");
    }
}
