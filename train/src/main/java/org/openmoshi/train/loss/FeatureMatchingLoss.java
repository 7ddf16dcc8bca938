package org.openmoshi.train.loss;

import java.util.List;
import org.openmoshi.tensor.Tensor;

/** L1 distance of discriminator feature maps (Larsen et al. 2016), the mean over maps, then over scales. */
public final class FeatureMatchingLoss {
    private FeatureMatchingLoss() {}

    /** Feature maps by scale and layer. */
    public static Tensor forward(List<List<Tensor>> fake, List<List<Tensor>> real) {
        Tensor sum = scale(fake.getFirst(), real.getFirst());
        for (int i = 1; i < fake.size(); i++) {
            sum = sum.add(scale(fake.get(i), real.get(i)));
        }
        return sum.div(fake.size());
    }

    private static Tensor scale(List<Tensor> fake, List<Tensor> real) {
        Tensor sum = fake.getFirst().sub(real.getFirst()).abs().mean();
        for (int i = 1; i < fake.size(); i++) {
            sum = sum.add(fake.get(i).sub(real.get(i)).abs().mean());
        }
        return sum.div(fake.size());
    }
}
