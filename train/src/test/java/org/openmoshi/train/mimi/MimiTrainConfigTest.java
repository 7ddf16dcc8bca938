package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.discriminator.MsStftConfig;
import org.openmoshi.models.discriminator.MultiFrequencyConfig;
import org.openmoshi.models.discriminator.MultiPeriodConfig;
import org.openmoshi.models.discriminator.MultiScaleConfig;
import org.openmoshi.models.mimi.QuantizerTraining;
import org.openmoshi.train.data.Augmentation;

class MimiTrainConfigTest {
    /** What {@link #everyShippedConfigurationLoads} goes through. */
    static final List<String> PRESETS = MimiTrainConfig.PRESETS;

    @ParameterizedTest
    @FieldSource("PRESETS")
    void everyShippedConfigurationLoads(String name) {
        MimiTrainConfig config = MimiTrainConfig.load(name, List.of());
        assertThat(config.mimi()).isNotNull();
        Augmentation augmentation = config.data().augmentation();
        assertThat(augmentation.distorts())
                .as("augmentation is off unless asked for")
                .isFalse();
    }

    @Test
    void theRealModelHasThePublishedRecipe() {
        MimiTrainConfig config = MimiTrainConfig.load("mimi-24khz", List.of());
        assertThat(config.recipe()).isEqualTo(MimiTrainConfig.Recipe.ADVERSARIAL);
        assertThat(config.quantizer()).isEqualTo(QuantizerTraining.PUBLISHED);
        assertThat(config.losses()).isEqualTo(new MimiTrainConfig.Losses(4, 4, 0.1, 2, 0, 1, 0.999));
        MimiTrainConfig.Optimizer optimizer = config.optimizer();
        assertThat(new double[] {
                    optimizer.learningRate(),
                    optimizer.beta1(),
                    optimizer.beta2(),
                    optimizer.transformerWeightDecay(),
                    optimizer.weightEma()
                })
                .containsExactly(8e-4, 0.5, 0.9, 0.05, 0.99);
        assertThat(config.data().windowSeconds()).isEqualTo(12);
        assertThat(config.data().batchSize() * config.data().accumulation()).isEqualTo(128);
        assertThat(config.discriminator().kinds())
                .isEqualTo(List.of(MsStftConfig.of(32, List.of(1024, 2048, 512, 256, 128))));
        assertThat(config.discriminator().startStep() + config.discriminator().warmup())
                .isZero();
        assertThat(config.schedule().warmup()).isPositive();
    }

    @Test
    void discriminatorsMayBeCombined() {
        MimiTrainConfig config = MimiTrainConfig.load("small", List.of("discriminator.kind=[mpd, msd, mfd]"));
        assertThat(config.discriminator().kinds())
                .isEqualTo(List.of(
                        new MultiPeriodConfig(8, List.of(2, 3, 5, 7, 11)),
                        new MultiScaleConfig(8, 3),
                        new MultiFrequencyConfig(8, List.of(1024, 512, 256))));
        assertThat(MimiTrainConfig.load("small", List.of("discriminator.kind=mpd"))
                        .discriminator()
                        .kinds())
                .hasSize(1);
        assertThatThrownBy(() -> MimiTrainConfig.load("small", List.of("discriminator.kind=[mpd, mpd]")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("discriminator.kind");
        List<String> narrow =
                List.of("discriminator.kind=msd", "discriminator.filters=6", "discriminator.start_step=0");
        assertThatThrownBy(() -> MimiTrainConfig.load("small", narrow))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("filters is 6");
        assertThatThrownBy(() -> MimiTrainConfig.load("small", List.of("discriminator.kind=gan")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("msstft");
    }

    @Test
    void rangesOfAugmentationAreChecked() {
        assertThatThrownBy(() -> MimiTrainConfig.load("small", List.of("data.noise_snr_db=[30, 5]")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("data.noise_snr_db is [30.0, 5.0]");
        assertThatThrownBy(() -> MimiTrainConfig.load("small", List.of("data.reverb_seconds=[0, 1]")))
                .hasMessageContaining("data.reverb_seconds");
        assertThatThrownBy(() -> MimiTrainConfig.load("small", List.of("data.noise_probability=2")))
                .hasMessageContaining("data.noise_probability is 2.0");
    }
}
