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
class FeatureMatchingLossTest {
    @Test
    void mapsCountAlikeWithinAScaleAndScalesAlike() {
        try (Scope _ = Scope.open()) {
            Tensor zeros = Tensor.of(new float[4], 4);
            Tensor ones = Tensor.of(new float[] {1, -1, 1, -1}, 4);
            Tensor threes = Tensor.of(new float[] {3}, 1);
            List<List<Tensor>> fake = List.of(List.of(ones, threes), List.of(ones));
            List<List<Tensor>> real = List.of(List.of(zeros, Tensor.of(new float[1], 1)), List.of(zeros));
            // scale 0: (1 + 3) / 2, scale 1: 1
            assertThat(FeatureMatchingLoss.forward(fake, real).item()).isCloseTo(1.5, within(1e-6));
        }
    }
}
