package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class MimiConfigTest {
    @Test
    void shipsThePublishedCodec() {
        MimiConfig config = MimiConfig.preset("mimi-24khz");
        assertThat(config.frameSize()).isEqualTo(1920);
        assertThat(config.bitrate(8)).isCloseTo(1100, within(1e-9));
        try (Mimi mimi = Mimi.zeros(config)) {
            assertThat(mimi.stateDict().parameterCount()).isEqualTo(79_308_609);
        }
    }

    @Test
    void shipsSmallAndTiny() {
        for (String name : List.of("small", "tiny")) {
            MimiConfig config = MimiConfig.preset(name);
            assertThat(MimiConfig.parse(name, config.toJson())).isEqualTo(config);
            assertThat(config.withWeightNorm(true).withWeightNorm(false)).isEqualTo(config);
        }
        assertThatThrownBy(() -> MimiConfig.preset("smal"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no Mimi configuration 'smal'; did you mean 'small'?");
    }

    @Test
    void normalisesWeightsButNotOfOuterBlocks() {
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny").withWeightNorm(true));
        ConfigReader.override(tree, List.of("seanet.disable_norm_outer_blocks=2"));
        try (Mimi mimi = Mimi.random(MimiConfig.of("test", tree), DType.F32, new Generator(1))) {
            assertThat(mimi.stateDict().tensors().keySet())
                    .contains("encoder.model.0.conv.conv.weight", "encoder.model.3.conv.conv.weight")
                    .contains("encoder.model.6.conv.conv.weight_g", "encoder.model.14.conv.conv.weight_v")
                    .contains("decoder.model.0.conv.conv.weight_g", "decoder.model.8.convtr.convtr.weight_g")
                    .contains("decoder.model.11.convtr.convtr.weight", "decoder.model.14.conv.conv.weight");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "seanet.activation=ReLU       | seanet.activation is 'ReLU', must be ELU",
                "seanet.causal=false          | seanet.causal must be true",
                "seanet.ratios=[]             | seanet.ratios has 0 entries",
                "seanet.ratios=[8, 6, 5, 0]   | seanet.ratios is 0, must be positive",
                "seanet.ratios=[8, 6, 5, 7]   | must be a multiple of 1680",
                "seanet.n_filters=3           | seanet.n_filters 3 is no multiple of seanet.compress 2",
                "seanet.norm=batch            | must be none or weight_norm",
                "seanet.dimension=64          | transformer.input_dimension is 32 and seanet.dimension is 64",
                "channels=2                   | channels is 2 and seanet.channels is 1",
                "frame_rate=0                 | frame_rate is 0.0, must be positive",
                "frame_rate=7                 | must be a multiple of 960",
                "quantizer.n_q=1              | quantizer.n_q is 1, must be at least 2",
                "quantizer.bins=-4            | quantizer.bins is -4",
                "transformer.num_heads=5      | does not divide into 5 heads",
                "transformer.num_heads=32     | heads (transformer.num_heads) of an even size",
                "transformer.gating=silu      | transformer.gating is 'silu', must be none",
                "transformer.context=0        | transformer.context is 0, must be positive",
                "transformer.max_period=1     | transformer.max_period is 1.0, must be above 1",
            })
    void refusesWhatDoesNotFit(String change, String message) {
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny"));
        ConfigReader.override(tree, List.of(change));
        assertThatThrownBy(() -> MimiConfig.of("my.yaml", tree))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("my.yaml: ")
                .hasMessageContaining(message);
    }

    @Test
    void namesTheNearestKey() {
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny"));
        ((ObjectNode) tree.get("seanet")).put("n_filter", 4);
        assertThatThrownBy(() -> MimiConfig.of("my.yaml", tree))
                .hasMessage("my.yaml: unknown key 'seanet.n_filter'; did you mean 'n_filters'?");
    }
}
