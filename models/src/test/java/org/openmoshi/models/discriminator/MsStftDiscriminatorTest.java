package org.openmoshi.models.discriminator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.GradientCheck;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class MsStftDiscriminatorTest {
    private static final MsStftConfig CONFIG = MsStftConfig.of(2, List.of(32, 16));

    @Test
    void aLogitPerFrameAndBand() {
        try (Discriminator discriminator = Discriminator.random(List.of(CONFIG), new Generator(1));
                Scope _ = Scope.open()) {
            Discriminator.Verdict verdict = discriminator.forward(Tensor.full(DType.F32, 0.1, 3, 1, 64));
            // frames (64 - n) / (n / 4) + 1; frequencies n / 2 + 1, halved (rounding up) three times
            assertThat(verdict.logits())
                    .extracting(Tensor::shape)
                    .containsExactly(Shape.of(3, 1, 5, 3), Shape.of(3, 1, 13, 2));
            assertThat(verdict.features().getFirst())
                    .extracting(Tensor::shape)
                    .containsExactly(
                            Shape.of(3, 2, 5, 17),
                            Shape.of(3, 2, 5, 9),
                            Shape.of(3, 2, 5, 5),
                            Shape.of(3, 2, 5, 3),
                            Shape.of(3, 2, 5, 3));
        }
    }

    @Test
    void theSizeOfTheWindowDoesNotChangeTheLevelOfNoise() {
        MsStftConfig wide = MsStftConfig.of(1, List.of(1024));
        MsStftConfig narrow = MsStftConfig.of(1, List.of(64));
        assertThat(levelOfFirstFeature(wide) / levelOfFirstFeature(narrow)).isBetween(0.9, 1.1);
    }

    /** Root mean square of what the first convolution makes of white noise, with all its weights 1. */
    private static double levelOfFirstFeature(MsStftConfig config) {
        try (Discriminator discriminator = Discriminator.zeros(List.of(config));
                Scope _ = Scope.open()) {
            Parameter weight = discriminator.stateDict().parameter("discriminators.0.convs.0.conv.weight");
            weight.value().slice(2, 1, 2).slice(3, 4, 5).fill_(1); // the middle tap alone
            Tensor noise = new Generator(3).normal(DType.F32, 0, 1, 1, 1, 30_000);
            Tensor first = discriminator.forward(noise).features().getFirst().getFirst();
            return first.relu().square().mean().sqrt().item();
        }
    }

    @Test
    void recordsForTheWaveformAloneWhatItsGradientNeeds() {
        try (Discriminator discriminator = Discriminator.random(List.of(CONFIG), new Generator(1));
                Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor fake = tape.watch(new Generator(2).normal(DType.F32, 0, 1, 1, 1, 64));
            long before = Memory.liveBytes();
            try (Scope _ = Scope.open()) {
                Tensor real = discriminator.forward(fake.mul(0)).logits().getFirst();
                assertThat(tape.tracks(real)).isTrue();
            }
            long recorded = Memory.liveBytes() - before;
            try (Scope _ = Scope.open()) {
                Tensor constant = Tensor.full(DType.F32, 0.5, 1, 1, 64);
                assertThat(tape.tracks(discriminator.forward(constant).logits().getFirst()))
                        .isFalse();
            }
            assertThat(Memory.liveBytes() - before).isEqualTo(recorded); // judging a constant left nothing
            tape.backward(discriminator.forward(fake).logits().getLast().sum());
            assertThat(discriminator.stateDict().parameters()).allMatch(parameter -> parameter.gradient() == null);
            assertThat(tape.gradient(fake)).isNotNull();
        }
    }

    @Test
    void finiteDifferencesAgree() {
        MsStftConfig config = MsStftConfig.of(2, List.of(8));
        try (Discriminator discriminator = Discriminator.random(List.of(config), DType.F64, new Generator(5))) {
            double error = GradientCheck.worstError(
                    in -> discriminator.forward(in[0]).logits().getFirst(),
                    new double[][] {new Random(4).doubles(14, -1, 1).toArray()},
                    Shape.of(1, 1, 14));
            assertThat(error).isLessThan(1e-7);
        }
    }

    @Test
    void wrongSizesAreNamed() {
        assertThatThrownBy(() -> MsStftConfig.of(0, List.of(16)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("filters is 0");
        assertThatThrownBy(() -> new MsStftConfig(1, List.of(16), List.of(4), List.of(17)))
                .hasMessageContaining("winLengths has 17");
        assertThatThrownBy(() -> new MsStftConfig(1, List.of(16, 8), List.of(4), List.of(8)))
                .hasMessageContaining("2, 1 and 1 entries");
        try (Discriminator discriminator = Discriminator.zeros(List.of(CONFIG));
                Scope _ = Scope.open()) {
            assertThatThrownBy(() -> discriminator.forward(Tensor.zeros(DType.F32, 1, 1, 31)))
                    .hasMessageContaining("at least 32")
                    .hasMessageContaining("[1, 1, 31]");
        }
    }
}
