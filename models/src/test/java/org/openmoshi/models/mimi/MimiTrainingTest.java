package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class MimiTrainingTest {
    private static final int SAMPLES = 5 * 1920 - 100;
    private static final QuantizerTraining PLAIN = new QuantizerTraining(0.99, 10, 5, 0.1, false, 0);

    private static Mimi tiny(long seed) {
        return Mimi.random(MimiConfig.preset("tiny").withWeightNorm(true), new Generator(seed));
    }

    private static Tensor noise(long seed, long batch) {
        return new Generator(seed).normal(DType.F32, 0, 0.3, batch, 1, SAMPLES);
    }

    /** Forward and backward of one step; the parameters keep their gradients. */
    private static void step(Mimi mimi, Tensor wav, TrainingStep step) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            tape.watch(mimi.stateDict().parameters());
            Mimi.TrainingOutput out = mimi.forward(wav, step);
            tape.backward(out.reconstruction().sub(wav).square().mean().add(out.commitment()));
        }
    }

    private static boolean initialized(Mimi mimi, int row, int level) {
        return mimi.quantizer().row(row).codebook(level).isInitialized();
    }

    @Test
    void startsACodebookOnlyAfterTheOneBefore() {
        try (Mimi mimi = tiny(1);
                Scope _ = Scope.open()) {
            Generator random = new Generator(2);
            for (int number = 1; number <= 3; number++) {
                mimi.forward(noise(3, 2), new TrainingStep(PLAIN, number, random));
                assertThat(initialized(mimi, 0, 0)).isTrue();
                for (int level = 0; level < 3; level++) {
                    assertThat(initialized(mimi, 1, level)).isEqualTo(level < number);
                }
            }
        }
    }

    @Test
    void letsGradientsReachEveryParameter() {
        try (Mimi mimi = tiny(1);
                Scope _ = Scope.open()) {
            Generator random = new Generator(2);
            for (int number = 1; number <= 3; number++) {
                mimi.stateDict().parameters().forEach(Parameter::clearGradient);
                step(mimi, noise(3, 2), new TrainingStep(PLAIN, number, random));
            }
            for (Parameter parameter : mimi.stateDict().parameters()) {
                assertThat(parameter.gradient()).as("%s", parameter).isNotNull();
                assertThat(parameter.gradient().norm().item())
                        .as("%s", parameter)
                        .isGreaterThan(0)
                        .isFinite();
            }
        }
    }

    @Test
    void repeatsTheSameBits() {
        try (Mimi first = tiny(1);
                Mimi second = tiny(1)) {
            for (Mimi mimi : new Mimi[] {first, second}) {
                Generator random = new Generator(2);
                for (int number = 1; number <= 6; number++) {
                    try (Scope _ = Scope.open()) {
                        step(mimi, noise(number, 2), new TrainingStep(QuantizerTraining.PUBLISHED, number, random));
                    }
                }
            }
            Map<String, Tensor> expected = first.stateDict().tensors();
            second.stateDict()
                    .tensors()
                    .forEach((name, tensor) -> assertThat(tensor.toFloats())
                            .as(name)
                            .containsExactly(expected.get(name).toFloats()));
            for (Parameter parameter : first.stateDict().parameters()) {
                Tensor other = second.stateDict().parameter(parameter.name()).gradient();
                assertThat(other.toFloats())
                        .as("gradient of %s", parameter)
                        .containsExactly(parameter.gradient().toFloats());
            }
        }
    }

    @Test
    void dropsAcousticCodebooks() {
        QuantizerTraining dropout = new QuantizerTraining(0.99, 0, 5, 0.1, true, 0);
        Set<Long> seen = new HashSet<>();
        try (Mimi mimi = tiny(1)) {
            Generator random = new Generator(2);
            for (int number = 1; number <= 20; number++) {
                try (Scope _ = Scope.open()) {
                    Mimi.TrainingOutput out = mimi.forward(noise(3, 1), new TrainingStep(dropout, number, random));
                    seen.add(out.codes().dim(1));
                    assertThat(out.metrics()).hasSize(out.codes().intDim(1));
                }
            }
        }
        assertThat(seen).containsExactlyInAnyOrder(2L, 3L, 4L);
    }

    @Test
    void decodesTheUnquantizedLatentOfSomeSequences() {
        try (Mimi mimi = tiny(1);
                Scope _ = Scope.open()) {
            Tensor wav = noise(3, 1);
            float[] unquantized = mimi.decodeLatent(mimi.encodeToLatent(wav))
                    .slice(2, 0, SAMPLES)
                    .toFloats();
            QuantizerTraining always = new QuantizerTraining(0.99, 10, 5, 0.1, false, 1);
            Mimi.TrainingOutput out = mimi.forward(wav, new TrainingStep(always, 1, new Generator(2)));
            assertThat(out.reconstruction().toFloats()).containsExactly(unquantized, within(1e-6f));
            assertThat(initialized(mimi, 0, 0)).isTrue();

            QuantizerTraining half = new QuantizerTraining(0.99, 10, 5, 0.1, false, 0.5);
            Tensor same = wav.expand(16, 1, SAMPLES).contiguous();
            Tensor mixed = mimi.forward(same, new TrainingStep(half, 2, new Generator(2)))
                    .reconstruction();
            int skipped = 0;
            for (int i = 0; i < 16; i++) {
                Tensor difference = mixed.select(0, i).sub(Tensor.of(unquantized, 1, SAMPLES));
                skipped += difference.norm().item() < 1e-4 ? 1 : 0;
            }
            assertThat(skipped).isBetween(3, 13);
        }
    }

    @Test
    void reconstructsTheInputsLengthFromTheCodesItGives() {
        try (Mimi mimi = tiny(1);
                Scope _ = Scope.open()) {
            Generator random = new Generator(2);
            for (int number = 1; number <= 3; number++) {
                mimi.forward(noise(3, 2), new TrainingStep(PLAIN, number, random));
            }
            Tensor wav = noise(3, 2);
            Tensor codes = mimi.encode(wav);
            Tensor decoded = mimi.decode(codes).slice(2, 0, SAMPLES);
            Mimi.TrainingOutput out = mimi.forward(wav, new TrainingStep(PLAIN, 4, random));
            assertThat(out.codes().toLongs()).containsExactly(codes.toLongs());
            assertThat(out.reconstruction().shape()).isEqualTo(Shape.of(2, 1, SAMPLES));
            assertThat(out.reconstruction().toFloats()).containsExactly(decoded.toFloats(), within(1e-5f));
        }
    }

    @Test
    void keepsNothingOfAStepButGradients() {
        try (Mimi mimi = tiny(1)) {
            Generator random = new Generator(2);
            Map<Integer, Long> live = new HashMap<>();
            for (int number = 1; number <= 4; number++) {
                try (Scope _ = Scope.open()) {
                    step(mimi, noise(number, 2), new TrainingStep(PLAIN, number, random));
                }
                live.put(number, Memory.liveBytes());
            }
            assertThat(live.get(4)).isEqualTo(live.get(2));
        }
    }
}
