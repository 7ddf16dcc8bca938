package org.openmoshi.train.loss;

import java.util.List;
import org.openmoshi.tensor.Tensor;

/** Hinge losses of a multi-scale discriminator (Lim and Ye 2017), averaged over its scales. */
public final class HingeLoss {
    private HingeLoss() {}

    /** What the generator minimises: -mean(logits of the fake). */
    public static Tensor generator(List<Tensor> fakeLogits) {
        Tensor sum = fakeLogits.getFirst().mean().neg();
        for (Tensor logits : fakeLogits.subList(1, fakeLogits.size())) {
            sum = sum.sub(logits.mean());
        }
        return sum.div(fakeLogits.size());
    }

    /** What the discriminator minimises: mean(max(0, 1 - real)) + mean(max(0, 1 + fake)). */
    public static Tensor discriminator(List<Tensor> realLogits, List<Tensor> fakeLogits) {
        Tensor sum = scale(realLogits.getFirst(), fakeLogits.getFirst());
        for (int i = 1; i < realLogits.size(); i++) {
            sum = sum.add(scale(realLogits.get(i), fakeLogits.get(i)));
        }
        return sum.div(realLogits.size());
    }

    private static Tensor scale(Tensor real, Tensor fake) {
        return real.affine(-1, 1).relu().mean().add(fake.add(1).relu().mean());
    }
}
