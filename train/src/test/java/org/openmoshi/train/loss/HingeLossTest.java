package org.openmoshi.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class HingeLossTest {
    @Test
    void theGeneratorWantsHighLogitsOnEveryScaleAlike() {
        try (Scope _ = Scope.open()) {
            List<Tensor> logits = List.of(Tensor.of(new float[] {1, 3}, 2), Tensor.of(new float[] {-1, 0, 4, 5}, 4));
            assertThat(HingeLoss.generator(logits).item()).isCloseTo(-2, within(1e-6)); // means 2 and 2
        }
    }

    @Test
    void theDiscriminatorIsContentBeyondTheMargin() {
        try (Scope _ = Scope.open()) {
            List<Tensor> real = List.of(Tensor.of(new float[] {2, 0.5f}, 2), Tensor.of(new float[] {-1}, 1));
            List<Tensor> fake = List.of(Tensor.of(new float[] {-3, -1}, 2), Tensor.of(new float[] {0.5f}, 1));
            // scale 0: mean(0, 0.5) + 0; scale 1: 2 + 1.5
            assertThat(HingeLoss.discriminator(real, fake).item()).isCloseTo((0.25 + 3.5) / 2, within(1e-6));
        }
    }
}
