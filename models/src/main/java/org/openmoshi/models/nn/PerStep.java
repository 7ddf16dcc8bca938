package org.openmoshi.models.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A layer with weights of its own for each step of the sequence, as the depth transformer has them (Moshi paper, section
 * 3.4.1: "depthwise parametrization"). A schedule maps steps to weights, so that several steps can share some; with one
 * set of weights for all steps this is a plain layer.
 */
public final class PerStep implements Layer {
    private final List<Layer> layers = new ArrayList<>();
    private final List<Integer> schedule;

    /**
     * Registers as many layers as the schedule names.
     *
     * @param schedule which layer computes each step, or empty for one layer that computes all
     * @param create makes the layer of a number
     */
    public PerStep(List<Integer> schedule, Function<Integer, Layer> create) {
        this.schedule = List.copyOf(schedule);
        int count = schedule.stream().mapToInt(i -> i + 1).max().orElse(1);
        for (int i = 0; i < count; i++) {
            layers.add(create.apply(i));
        }
    }

    /** x: [B, T, in] whose first step is step 0 -> [B, T, out]. */
    @Override
    public Tensor forward(Tensor x) {
        return forward(x, 0, null);
    }

    /**
     * x: [B, T, in] -> [B, T, out].
     *
     * @param firstStep number of the first step
     * @param state of the stream that x belongs to, or null for a whole sequence
     */
    public Tensor forward(Tensor x, int firstStep, @Nullable StreamState state) {
        if (schedule.isEmpty()) {
            return forward(layers.getFirst(), x, state);
        }
        int steps = x.intDim(1);
        if (firstStep + steps > schedule.size()) {
            throw new IllegalArgumentException("steps " + firstStep + " to " + (firstStep + steps - 1)
                    + ", but there are weights for " + schedule.size() + " steps");
        }
        try (Scope scope = Scope.open()) {
            Tensor[] out = new Tensor[steps];
            for (int step = 0; step < steps; step++) {
                out[step] = forward(layers.get(schedule.get(firstStep + step)), x.slice(1, step, step + 1), state);
            }
            return scope.keep(Tensor.concat(1, out));
        }
    }

    private static Tensor forward(Layer layer, Tensor x, @Nullable StreamState state) {
        return state == null ? layer.forward(x) : layer.forward(x, state);
    }
}
