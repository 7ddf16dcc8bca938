package org.openmoshi.autograd.optim;

import java.util.List;
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
            Parameter parameter,
            Tensor gradient,
            double learningRate,
            double cycledMomentum,
            long count,
            double gradientScale) {
        double factor = Double.isNaN(cycledMomentum) ? momentum : cycledMomentum;
        SgdStep op = new SgdStep(learningRate, factor, group.weightDecay(), gradientScale);
        Engine.runInPlace(op, parameter.value(), slot("velocity", parameter), gradient);
    }
}
