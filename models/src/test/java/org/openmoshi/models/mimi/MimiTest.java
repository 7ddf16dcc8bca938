package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class MimiTest {
    private static final int FRAME = 1920;

    @TempDir
    Path folder;

    /** A tiny codec whose codebooks and scales are not at their start. */
    private static Mimi tiny(long seed, boolean weightNorm) {
        Generator random = new Generator(seed);
        Mimi mimi = Mimi.random(MimiConfig.preset("tiny").withWeightNorm(weightNorm), random);
        try (Scope _ = Scope.open()) {
            mimi.stateDict().tensors().forEach((name, tensor) -> {
                if (name.endsWith("embedding_sum") || name.endsWith("scale")) {
                    tensor.copyFrom_(
                            random.normal(DType.F32, 0, 0.3, tensor.shape().toArray()));
                }
            });
        }
        return mimi;
    }

    private static Tensor noise(long seed, long batch, long samples) {
        return new Generator(seed).normal(DType.F32, 0, 0.3, batch, 1, samples);
    }

    /** Speech is so quiet that a row of ELUs alone would be nearly linear, and give the mean of noise the latent of silence. */
    @Test
    void aFreshEncoderTellsQuietSoundFromSilence() {
        try (Mimi mimi = Mimi.random(MimiConfig.preset("small").withWeightNorm(true), new Generator(1));
                Scope _ = Scope.open()) {
            Tensor sound = noise(2, 1, 50 * FRAME).mul(0.2); // RMS 0.06
            Tensor silent = mimi.encodeToLatent(sound.zerosLike()).mean(2);
            Tensor heard = mimi.encodeToLatent(sound).mean(2);
            double change = heard.sub(silent).norm().item() / silent.norm().item();
            assertThat(change).isGreaterThan(0.3);
        }
    }

    @Test
    void givesAFrameForEveryStartedOne() {
        try (Mimi mimi = tiny(1, false);
                Scope _ = Scope.open()) {
            for (int samples : new int[] {1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME}) {
                int frames = (samples + FRAME - 1) / FRAME;
                Tensor codes = mimi.encode(noise(2, 2, samples));
                assertThat(codes.shape()).isEqualTo(Shape.of(2, 4, frames));
                assertThat(LongStream.of(codes.toLongs())).allMatch(code -> code >= 0 && code < 64);
                assertThat(mimi.decode(codes).shape()).isEqualTo(Shape.of(2, 1, (long) frames * FRAME));
            }
        }
    }

    @Test
    void fewerCodebooksAreThePrefixOfMore() {
        try (Mimi mimi = tiny(1, false);
                Scope _ = Scope.open()) {
            Tensor wav = noise(2, 1, 4 * FRAME);
            assertThat(mimi.encode(wav, 2).toLongs())
                    .containsExactly(mimi.encode(wav).slice(1, 0, 2).toLongs());
            assertThat(mimi.encode(wav, 1).shape()).isEqualTo(Shape.of(1, 1, 4));
            assertThatThrownBy(() -> mimi.encode(wav, 5)).hasMessageContaining("has 1 to 4 codebooks, not 5");
            assertThatThrownBy(() -> mimi.encode(wav, 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void dependsOnNoLaterSample() {
        try (Mimi mimi = tiny(3, true);
                Scope _ = Scope.open()) {
            Tensor wav = noise(4, 1, 8 * FRAME);
            Tensor latent = mimi.encodeToLatent(wav);
            Tensor decoded = mimi.decodeLatent(latent);
            for (int frames = 1; frames < 8; frames++) {
                Tensor prefix = mimi.encodeToLatent(wav.slice(2, 0, (long) frames * FRAME));
                assertThat(prefix.toFloats())
                        .containsExactly(latent.slice(2, 0, frames).toFloats(), within(1e-5f));
                assertThat(mimi.decodeLatent(latent.slice(2, 0, frames)).toFloats())
                        .containsExactly(
                                decoded.slice(2, 0, (long) frames * FRAME).toFloats(), within(1e-5f));
            }
        }
    }

    @Test
    void treatsTheSequencesOfABatchAlone() {
        try (Mimi mimi = tiny(3, false);
                Scope _ = Scope.open()) {
            Tensor wav = noise(4, 3, 2 * FRAME);
            Tensor all = mimi.encodeToLatent(wav);
            for (int i = 0; i < 3; i++) {
                assertThat(mimi.encodeToLatent(wav.slice(0, i, i + 1)).toFloats())
                        .containsExactly(all.slice(0, i, i + 1).toFloats(), within(1e-5f));
            }
        }
    }

    @Test
    void refusesOtherShapes() {
        try (Mimi mimi = tiny(1, false);
                Scope _ = Scope.open()) {
            for (long[] shape : new long[][] {{FRAME}, {1, 2, FRAME}, {1, 1, 0}}) {
                assertThatThrownBy(() -> mimi.encode(Tensor.zeros(DType.F32, shape)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("a waveform of shape [B, 1, T] with T > 0 is needed");
            }
            assertThatThrownBy(() -> mimi.decode(Tensor.zeros(DType.I64, 1, 4, 0)))
                    .hasMessageContaining("frames > 0");
        }
    }

    @Test
    void loadsWhatItSavedByItself() throws IOException {
        Path file = folder.resolve("codec.safetensors");
        try (Mimi saved = tiny(5, true);
                Scope _ = Scope.open()) {
            saved.save(file);
            Tensor wav = noise(6, 1, 3 * FRAME);
            try (Mimi loaded = Mimi.load(file)) {
                assertThat(loaded.config()).isEqualTo(MimiConfig.preset("tiny"));
                assertThat(loaded.encode(wav).toLongs())
                        .containsExactly(saved.encode(wav).toLongs());
                assertThat(loaded.decode(loaded.encode(wav)).toFloats())
                        .containsExactly(saved.decode(saved.encode(wav)).toFloats(), within(1e-5f));
            }
        }
    }

    @Test
    void saysWhenAFileIsOfAnotherConfiguration() throws IOException {
        Path file = folder.resolve("codec.safetensors");
        try (Mimi mimi = tiny(5, false)) {
            mimi.save(file);
        }
        ObjectNode tree = ConfigReader.toTree(MimiConfig.preset("tiny"));
        ConfigReader.override(tree, List.of("quantizer.n_q=3", "quantizer.bins=32"));
        MimiConfig other = MimiConfig.of("other", tree);
        assertThatThrownBy(() -> Mimi.load(other, file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("codec.safetensors does not fit this model")
                .hasMessageContaining("quantizer.rvq_rest.vq.layers.2._codebook.embedding_sum")
                .hasMessageContaining("cluster_usage [64], the model has [32]");
    }

    @Test
    void saysWhenAFileHoldsNoConfiguration() throws IOException {
        Path file = folder.resolve("bare.safetensors");
        try (Mimi mimi = tiny(5, false)) {
            SafetensorsWriter.write(file, mimi.stateDict().tensors(), Map.of());
        }
        assertThatThrownBy(() -> Mimi.load(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("name the configuration");
        try (Mimi named = Mimi.load(MimiConfig.preset("tiny"), file);
                SafetensorsFile raw = SafetensorsFile.open(file)) {
            assertThat(named.stateDict().tensors().keySet()).containsExactlyInAnyOrderElementsOf(raw.names());
        }
    }

    @Test
    void needsMemoryForItsWidestLayersOnly() {
        try (Mimi mimi = tiny(1, false);
                Scope _ = Scope.open()) {
            Tensor wav = noise(2, 1, 25 * FRAME);
            long before = Memory.liveBytes();
            Memory.resetPeak();
            Tensor codes = mimi.encode(wav);
            // at the waveform 4 channels are live: the input of a residual block, its copies inside, its result
            long widest = 4L * 25 * FRAME * Float.BYTES;
            assertThat(Memory.peakBytes() - before).isLessThan(4 * widest);
            assertThat(Memory.liveBytes() - before).isEqualTo(codes.size() * Long.BYTES);
        }
    }
}
