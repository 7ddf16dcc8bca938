package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

class PaddingMaskTest {
    private static final int SAMPLES = 7680;

    @Test
    void silencesWhatIsNotSound() {
        try (Scope _ = Scope.open()) {
            PaddingMask mask = PaddingMask.of(new int[] {2, 3}, 3);
            Tensor wav = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 1, 3);
            assertThat(mask.apply(wav).toFloats()).containsExactly(1, 2, 0, 4, 5, 6);
            assertThat(mask.share()).isCloseTo(5.0 / 6, within(1e-12));
            assertThat(PaddingMask.of(new int[] {3, 3}, 3)).isNull();
        }
    }

    /** Losses of a first step on two items, the second of which is sound for a while only. */
    private static Map<String, Double> step(int length, String... settings) {
        List<String> overrides = new ArrayList<>(List.of(settings));
        overrides.addAll(List.of("quantizer.no_quantization=0", "losses.stft=1", "discriminator.start_step=0"));
        MimiTrainConfig config = MimiTrainConfig.load("tiny", overrides);
        try (MimiTrainState state = new MimiTrainState(config, 0);
                MimiStep step = new MimiStep(config, state, new Schedule.Constant(0));
                Scope _ = Scope.open()) {
            Tensor wav = new Generator(3).normal(DType.F32, 0, 0.1, 2, 1, SAMPLES);
            wav.slice(0, 1, 2).slice(2, length, SAMPLES).fill_(0);
            int[] lengths = {SAMPLES, length};
            return step.run(List.of(new TrainingBatch(wav, wav, lengths, null))).values();
        }
    }

    @Test
    void lossesAreMeansOverSoundAlone() {
        Map<String, Double> masked = step(1920);
        Map<String, Double> whole = step(SAMPLES);
        Map<String, Double> diluted = step(1920, "data.mask_padding=false");
        // noise against an untrained codec's near silence costs the same per second, however long it is
        for (String loss : List.of("l1", "msspec", "stft")) {
            assertThat(masked.get(loss)).as(loss).isCloseTo(whole.get(loss), within(0.15 * whole.get(loss)));
        }
        // the share of sound is 0.625, but an untrained codec hums in the padding
        assertThat(diluted.get("l1")).isLessThan(0.8 * masked.get("l1"));
    }
}
