package org.openmoshi.autograd.optim;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp.SgdStep;
import org.openmoshi.tensor.Tensor;

/** Stochastic gradient descent with (heavy-ball) momentum. */
public final class Sgd extends Optimizer {
    private final double momentum;

    /** A momentum of 0 gives plain gradient descent. */
    public Sgd(List<ParameterGroup> groups, double momentum) {
        super(groups, "velocity");
        this.momentum = momentum;
    }

    @Override
    void update(
            ParameterGroup group,
            List<Parameter> parameters,
            double learningRate,
            double cycledMomentum,
            long count,
            @Nullable Tensor gradientScale) {
        double factor = Double.isNaN(cycledMomentum) ? momentum : cycledMomentum;
        SgdStep op = new SgdStep(learningRate, factor, group.weightDecay());
        for (Parameter parameter : parameters) {
            Tensor velocity = slot("velocity", parameter);
            Tensor gradient = Objects.requireNonNull(parameter.gradient());
            if (gradientScale == null) {
                Engine.runInPlace(op, parameter.value(), velocity, gradient);
            } else {
                Engine.runInPlace(op, parameter.value(), velocity, gradient, gradientScale);
            }
        }
    }
}
