package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** In float64, where what is left of a wrong context cannot hide behind rounding. */
class ChunkedLayerTest {
    private static final SeanetConfig SEANET = MimiConfig.preset("tiny").seanet();
    private static final int HOP = SEANET.hopLength();
    private static final int STEPS = 17;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 16, 17, 100})
    void encoderInChunksGivesWhatItGivesAtOnce(int chunk) {
        assertThat(encoderError(SEANET.encoderContext(), chunk)).isLessThan(1e-12);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 16, 17, 100})
    void decoderInChunksGivesWhatItGivesAtOnce(int chunk) {
        assertThat(decoderError(SEANET.decoderContext(), chunk)).isLessThan(1e-12);
    }

    @Test
    void contextIsNoLongerThanNeeded() {
        assertThat(encoderError(SEANET.encoderContext() - 1, 2)).isGreaterThan(1e-12);
        assertThat(decoderError(SEANET.decoderContext() - 1, 2)).isGreaterThan(1e-12);
    }

    @Test
    void longWaveformPassesThroughTheCodecUnchangedInLength() {
        MimiConfig config = MimiConfig.preset("tiny");
        List<Double> encoded = new ArrayList<>();
        List<Double> decoded = new ArrayList<>();
        try (Scope _ = Scope.open();
                Mimi mimi = Mimi.random(config, new Generator(1))) {
            Tensor wav = new Generator(2).normal(DType.F32, 0, 0.1, 1, 1, 1_200_000);
            Tensor codes = mimi.encode(wav, 4, encoded::add);
            assertThat(codes.shape().toArray()).containsExactly(1, 4, 625);
            assertThat(mimi.decode(codes, decoded::add).shape().toArray()).containsExactly(1, 1, 1_200_000);
        }
        assertThat(encoded).hasSize(3).isSorted().endsWith(1.0);
        assertThat(decoded).isEqualTo(encoded);
    }

    private static double encoderError(int context, int chunk) {
        StateDict dict = StateDict.random(DType.F64, new Generator(3));
        Layer whole = Seanet.encoder(dict.root(), SEANET);
        return error(dict, whole, new ChunkedLayer(whole, HOP, 1, context, chunk), SEANET.channels(), STEPS * HOP);
    }

    private static double decoderError(int context, int chunk) {
        StateDict dict = StateDict.random(DType.F64, new Generator(3));
        Layer whole = Seanet.decoder(dict.root(), SEANET);
        return error(dict, whole, new ChunkedLayer(whole, 1, HOP, context, chunk), SEANET.dimension(), STEPS);
    }

    private static double error(StateDict dict, Layer whole, ChunkedLayer chunked, int channels, int steps) {
        try (Scope _ = Scope.open();
                dict) {
            Tensor x = new Generator(4).normal(DType.F64, 0, 1, 2, channels, steps);
            return Comparison.relativeError(
                    chunked.forward(x, share -> {}).toDoubles(),
                    whole.forward(x).toDoubles());
        }
    }
}
