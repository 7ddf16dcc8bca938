package org.openmoshi.autograd.optim;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.Tensor;

/** Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019). */
public final class Adam extends Optimizer {
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final boolean decoupled;

    private Adam(List<ParameterGroup> groups, double beta1, double beta2, double epsilon, boolean decoupled) {
        super(groups, "m", "v");
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.decoupled = decoupled;
    }

    /** Adam; weight decay is added to the gradient. */
    public static Adam adam(List<ParameterGroup> groups, double beta1, double beta2, double epsilon) {
        return new Adam(groups, beta1, beta2, epsilon, false);
    }

    /** AdamW; weight decay shrinks the parameter directly. */
    public static Adam adamW(List<ParameterGroup> groups, double beta1, double beta2, double epsilon) {
        return new Adam(groups, beta1, beta2, epsilon, true);
    }

    @Override
    void update(
            ParameterGroup group,
            List<Parameter> parameters,
            double learningRate,
            double momentum,
            long count,
            @Nullable Tensor gradientScale) {
        AdamStep op = new AdamStep(
                learningRate,
                Double.isNaN(momentum) ? beta1 : momentum,
                beta2,
                epsilon,
                group.weightDecay(),
                decoupled,
                count);
        int n = parameters.size();
        Tensor[] tensors = new Tensor[gradientScale == null ? 4 * n : 4 * n + 1];
        for (int i = 0; i < n; i++) {
            Parameter parameter = parameters.get(i);
            tensors[i] = parameter.value();
            tensors[n + i] = slot("m", parameter);
            tensors[2 * n + i] = slot("v", parameter);
            tensors[3 * n + i] = Objects.requireNonNull(parameter.gradient());
        }
        if (gradientScale != null) {
            tensors[4 * n] = gradientScale;
        }
        Engine.runInPlace(op, tensors);
    }
}
