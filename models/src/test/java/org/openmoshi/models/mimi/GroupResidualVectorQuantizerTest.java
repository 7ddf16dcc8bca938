package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class GroupResidualVectorQuantizerTest {
    private static final QuantizerTraining SETTINGS = new QuantizerTraining(0.9, 10, 5, 0.1, false, 0);
    private static final QuantizerConfig TWO = new QuantizerConfig(4, 7, 8, 6, 6, 2);

    private static Tensor latent(long seed) {
        return new Generator(seed).normal(DType.F32, 0, 1, 3, 6, 20);
    }

    private static TrainingStep step(long number) {
        return new TrainingStep(SETTINGS, number, new Generator(9));
    }

    @Test
    void oneGroupIsAPlainRow() {
        QuantizerConfig one = new QuantizerConfig(4, 4, 8, 6, 6);
        try (StateDict plainDict = StateDict.random(DType.F32, new Generator(1));
                StateDict groupDict = StateDict.random(DType.F32, new Generator(1));
                Scope _ = Scope.open()) {
            ResidualVectorQuantizer plain = new ResidualVectorQuantizer(plainDict.root(), one, 3);
            GroupResidualVectorQuantizer group = new GroupResidualVectorQuantizer(groupDict.root(), one, 3);
            assertThat(groupDict.tensors().keySet())
                    .containsExactlyElementsOf(plainDict.tensors().keySet());
            for (int number = 1; number <= 4; number++) {
                ResidualVectorQuantizer.Trained expected = plain.train(latent(number), 3, step(number));
                ResidualVectorQuantizer.Trained actual = group.train(latent(number), 3, step(number));
                assertThat(actual.quantized().toFloats())
                        .containsExactly(expected.quantized().toFloats());
                assertThat(actual.commitment().item())
                        .isEqualTo(expected.commitment().item());
            }
            Tensor codes = plain.encode(latent(7), 2);
            assertThat(group.encode(latent(7), 2).toLongs()).containsExactly(codes.toLongs());
            assertThat(group.decode(codes).toFloats())
                    .containsExactly(plain.decode(codes).toFloats());
        }
    }

    @Test
    void codesGoByLevelThenByGroup() {
        try (StateDict dict = StateDict.random(DType.F32, new Generator(1));
                Scope _ = Scope.open()) {
            GroupResidualVectorQuantizer quantizer = new GroupResidualVectorQuantizer(dict.root(), TWO, 6);
            assertThat(quantizer.levels()).isEqualTo(3);
            assertThat(dict.tensors()).containsKey("groups.1.vq.layers.2._codebook.embedding_sum");
            for (int number = 1; number <= 3; number++) {
                quantizer.train(latent(number), 3, step(number));
            }
            Tensor latent = latent(8);
            ResidualVectorQuantizer.Trained trained = quantizer.train(latent, 3, step(4));
            assertThat(trained.metrics()).hasSize(6);
            assertThat(trained.codes().shape()).isEqualTo(Shape.of(3, 6, 20));
            Tensor codes = quantizer.encode(latent, 6);
            for (int group = 0; group < 2; group++) {
                Tensor own = quantizer.group(group).encode(latent.slice(1, 3L * group, 3L * group + 3), 3);
                for (int level = 0; level < 3; level++) {
                    assertThat(codes.select(1, 2 * level + group).toLongs())
                            .containsExactly(own.select(1, level).toLongs());
                }
            }
            // the first few codes are those of fewer levels, also in the middle of a level
            for (int count = 1; count < 6; count++) {
                Tensor first = quantizer.encode(latent, count);
                assertThat(first.toLongs())
                        .containsExactly(codes.slice(1, 0, count).toLongs());
                assertThat(quantizer.decode(first).shape()).isEqualTo(latent.shape());
            }
            assertThat(quantizer.decode(codes.slice(1, 0, 1)).slice(1, 3, 6).toFloats())
                    .containsOnly(0);
        }
    }

    @Test
    void moreCodesComeNearer() {
        try (StateDict dict = StateDict.random(DType.F32, new Generator(1));
                Scope _ = Scope.open()) {
            GroupResidualVectorQuantizer quantizer = new GroupResidualVectorQuantizer(dict.root(), TWO, 6);
            Tensor latent = latent(1);
            for (int number = 1; number <= 30; number++) {
                quantizer.train(latent, 3, step(number));
            }
            double coarse = commitment(quantizer.group(0), latent, 1);
            double fine = commitment(quantizer.group(0), latent, 3);
            assertThat(fine).isLessThan(0.5 * coarse);
        }
    }

    /** Mean squared distance of what a row's levels leave over from zero, in the codebooks' space. */
    private static double commitment(ResidualVectorQuantizer row, Tensor latent, int levels) {
        Tensor part = latent.slice(1, 0, 3);
        Tensor x = row.project(part);
        Tensor codes = row.encode(part, levels);
        Tensor left = x;
        for (int i = 0; i < levels; i++) {
            left = left.sub(
                    row.codebook(i).embedding().embedding(codes.select(1, i).reshape(-1)));
        }
        return left.square().mean().item();
    }

    @Test
    void aCodecWithGroupsIsSavedAndLoaded(@TempDir Path folder) throws Exception {
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny"));
        ConfigReader.override(tree, List.of("quantizer.groups=2", "quantizer.n_q=5"));
        MimiConfig config = MimiConfig.of("test", tree);
        Path file = folder.resolve("mimi.safetensors");
        try (Mimi mimi = Mimi.random(config, new Generator(3));
                Scope _ = Scope.open()) {
            Tensor wav = new Generator(4).normal(DType.F32, 0, 0.3, 2, 1, 9600);
            for (int number = 1; number <= 3; number++) {
                mimi.forward(wav, new TrainingStep(SETTINGS, number, new Generator(2)));
            }
            Tensor codes = mimi.encode(wav);
            assertThat(codes.shape()).isEqualTo(Shape.of(2, 5, 5));
            float[] decoded = mimi.decode(codes).toFloats();
            Mimi.TrainingOutput out = mimi.forward(wav, new TrainingStep(SETTINGS, 4, new Generator(2)));
            assertThat(out.codes().toLongs()).containsExactly(codes.toLongs());
            assertThat(out.reconstruction().toFloats()).containsExactly(decoded, within(1e-5f));
            codes = mimi.encode(wav); // that step has moved the codebooks
            decoded = mimi.decode(codes).toFloats();
            mimi.save(file);
            try (Mimi loaded = Mimi.load(file)) {
                assertThat(loaded.config()).isEqualTo(config);
                assertThat(loaded.encode(wav).toLongs()).containsExactly(codes.toLongs());
                assertThat(loaded.decode(codes).toFloats()).containsExactly(decoded);
            }
        }
    }

    @Test
    void sizesMustBeMultiples() {
        assertThatThrownBy(() -> new QuantizerConfig(4, 4, 8, 6, 6, 2))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("quantizer.n_q is 4")
                .hasMessageContaining("quantizer.groups, 2");
        assertThatThrownBy(() -> new QuantizerConfig(3, 5, 8, 6, 6, 2))
                .hasMessageContaining("quantizer.dimension is 3");
    }

    @Test
    void aConfigurationWithoutTheKeyHasOneGroup() {
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny"));
        ((ObjectNode) Objects.requireNonNull(tree.get("quantizer"))).remove("groups");
        assertThat(MimiConfig.of("test", tree)).isEqualTo(MimiConfig.preset("tiny"));
    }
}
