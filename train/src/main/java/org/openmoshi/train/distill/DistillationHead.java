package org.openmoshi.train.distill;

import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * The student's side of the distillation: a linear layer from what the first codebook gives to the teacher's features,
 * and one minus their cosine over the features, averaged over frames (Moshi paper, section 3.3.3). The layer belongs to
 * the training; on the teacher's side it would let the target collapse.
 */
public final class DistillationHead implements AutoCloseable {
    private static final double EPSILON = 1e-8;

    private final StateDict dict;
    private final Linear projection;

    /**
     * An untrained one.
     *
     * @param channels of the codec's latent
     * @param width numbers per frame of the teacher
     */
    public DistillationHead(int channels, int width, Generator random) {
        this.dict = StateDict.random(DType.F32, random);
        this.projection = new Linear(dict.root().sub("distillation.projection"), channels, width, true);
    }

    /** Its parameters. */
    public StateDict stateDict() {
        return dict;
    }

    /** Semantic part of the quantized latent [B, C, frames] and its target -> scalar from 0 to 2. */
    public Tensor loss(Tensor semantic, Guidance.Target target) {
        try (Scope scope = Scope.open()) {
            Tensor student = projection.forward(semantic.transpose(1, 2).contiguous()); // [B, frames, width]
            Tensor teacher = target.features();
            Tensor cosine = student.mul(teacher)
                    .sum(2)
                    .mul(student.square().sum(2).add(EPSILON).rsqrt())
                    .mul(teacher.square().sum(2).add(EPSILON).rsqrt());
            double frames = Math.max(1, target.weights().sum().item());
            return scope.keep(cosine.neg().add(1).mul(target.weights()).sum().div(frames));
        }
    }

    @Override
    public void close() {
        dict.close();
    }
}
