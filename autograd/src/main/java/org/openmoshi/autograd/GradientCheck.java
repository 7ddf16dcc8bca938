package org.openmoshi.autograd;

import java.util.Objects;
import java.util.Random;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * Compares gradients from the tape with central finite differences in float64. The function's result is reduced to a
 * scalar by fixed random weights, so that every output element counts.
 */
public final class GradientCheck {
    private static final double STEP = 1e-6;

    private GradientCheck() {}

    /** A function of float64 tensors. */
    @FunctionalInterface
    public interface Function {
        /** Computes the result from inputs of the given shapes. */
        Tensor apply(Tensor... inputs);
    }

    /**
     * The largest error over all inputs: |tape - difference| / max(1, |difference|), element by element.
     *
     * @param function the function; called many times, it must be deterministic
     * @param values row-major values of each input
     * @param shapes shapes of the inputs
     */
    public static double worstError(Function function, double[][] values, Shape... shapes) {
        double worst = 0;
        double[][] gradients = tapeGradients(function, values, shapes);
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < values[i].length; j++) {
                double x = values[i][j];
                values[i][j] = x + STEP;
                double above = projected(function, values, shapes);
                values[i][j] = x - STEP;
                double below = projected(function, values, shapes);
                values[i][j] = x;
                double difference = (above - below) / (2 * STEP);
                double error = Math.abs(gradients[i][j] - difference) / Math.max(1, Math.abs(difference));
                worst = error <= worst ? worst : error; // a NaN error stays
            }
        }
        return worst;
    }

    private static double[][] tapeGradients(Function function, double[][] values, Shape... shapes) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor[] inputs = inputs(values, shapes);
            for (Tensor input : inputs) {
                tape.watch(input);
            }
            Tensor result = function.apply(inputs);
            if (tape.tracks(result)) {
                tape.backward(new Tensor[] {result}, weights(result.shape()));
            }
            double[][] gradients = new double[inputs.length][];
            for (int i = 0; i < inputs.length; i++) {
                Tensor gradient = tape.gradient(inputs[i]);
                gradients[i] =
                        gradient == null ? new double[Objects.requireNonNull(values[i]).length] : gradient.toDoubles();
            }
            return gradients;
        }
    }

    private static double projected(Function function, double[][] values, Shape... shapes) {
        try (Scope _ = Scope.open()) {
            Tensor result = function.apply(inputs(values, shapes));
            return result.mul(weights(result.shape())).sum().item();
        }
    }

    private static Tensor[] inputs(double[][] values, Shape... shapes) {
        Tensor[] inputs = new Tensor[values.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = Tensor.of(values[i], shapes[i].toArray());
        }
        return inputs;
    }

    private static Tensor weights(Shape shape) {
        Random random = new Random(7);
        double[] weights = new double[Math.toIntExact(shape.size())];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.5 + random.nextDouble();
        }
        return Tensor.of(weights, shape.toArray()).cast(DType.F64);
    }
}
