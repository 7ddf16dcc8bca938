package org.openmoshi.autograd.optim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Updates parameters from their gradients. State is allocated outside any scope and freed by {@link #close}. */
public abstract sealed class Optimizer implements AutoCloseable permits Adam, Sgd {
    private final List<ParameterGroup> groups;
    private final String[] slots;
    private final Map<String, Tensor> state = new TreeMap<>();
    private final Map<String, Long> steps = new TreeMap<>();

    /** State consists of one tensor of the parameter's shape per slot. */
    Optimizer(List<ParameterGroup> groups, String... slots) {
        this.groups = List.copyOf(groups);
        this.slots = slots;
        Set<String> names = new HashSet<>();
        for (ParameterGroup group : this.groups) {
            for (Parameter parameter : group.parameters()) {
                if (!names.add(parameter.name())) {
                    throw new IllegalArgumentException("parameter " + parameter.name() + " is in two groups");
                }
            }
        }
    }

    /** The groups. */
    public List<ParameterGroup> groups() {
        return groups;
    }

    /**
     * One step on every parameter that has a gradient.
     *
     * @param schedule gives the factor of the groups' learning rates and, if it cycles, the momentum
     * @param step the step's number, from 0, by which the schedule is read
     */
    public void step(Schedule schedule, long step) {
        update(schedule, step, null);
    }

    /**
     * The same on scaled gradients.
     *
     * @param gradientScale F64 [], multiplies gradients first and never leaves the device; see
     *     {@link GradientNorm#clipScale}
     */
    public void step(Schedule schedule, long step, Tensor gradientScale) {
        update(schedule, step, gradientScale);
    }

    private void update(Schedule schedule, long step, @Nullable Tensor gradientScale) {
        double factor = schedule.factor(step);
        for (ParameterGroup group : groups) {
            // all parameters of a group have made the same number of steps unless some had no gradient now and then
            Map<Long, List<Parameter>> byCount = new TreeMap<>();
            for (Parameter parameter : group.parameters()) {
                if (parameter.gradient() != null) {
                    long count = steps.merge(parameter.name(), 1L, Long::sum);
                    byCount.computeIfAbsent(count, key -> new ArrayList<>()).add(parameter);
                }
            }
            double learningRate = factor * group.learningRate();
            byCount.forEach((count, parameters) ->
                    update(group, parameters, learningRate, schedule.momentum(step), count, gradientScale));
        }
    }

    /**
     * Updates parameters of a group, all with gradients and all for the {@code count}-th time, from 1; {@code momentum}
     * is NaN unless the schedule cycles it.
     */
    abstract void update(
            ParameterGroup group,
            List<Parameter> parameters,
            double learningRate,
            double momentum,
            long count,
            @Nullable Tensor gradientScale);

    /** A parameter's state tensor, made of zeros when first asked for. */
    Tensor slot(String slot, Parameter parameter) {
        return state.computeIfAbsent(slot + "." + parameter.name(), key -> {
            try (Scope _ = Scope.detached()) {
                return parameter.value().zerosLike();
            }
        });
    }

    /** Frees the gradients of all parameters. */
    public void clearGradients() {
        groups.forEach(group -> group.parameters().forEach(Parameter::clearGradient));
    }

    /** All parameters, in the order of their groups. */
    public List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>();
        groups.forEach(group -> all.addAll(group.parameters()));
        return all;
    }

    /** The live state tensors, named {@code slot.parameter}; they stay the optimizer's. */
    public Map<String, Tensor> state() {
        return Collections.unmodifiableMap(new TreeMap<>(state)); // in an order that a checkpoint repeats
    }

    /** Number of steps made by each parameter, by name. */
    public Map<String, Long> steps() {
        return Collections.unmodifiableMap(new TreeMap<>(steps)); // in an order that a checkpoint repeats
    }

    /**
     * Restores what {@link #state} and {@link #steps} gave; tensors are copied.
     *
     * @throws IllegalArgumentException when a parameter that has made steps lacks its state, or a shape differs
     */
    public void restore(Map<String, Tensor> savedState, Map<String, Long> savedSteps) {
        for (Parameter parameter : parameters()) {
            Long count = savedSteps.get(parameter.name());
            if (count == null) {
                continue;
            }
            steps.put(parameter.name(), count);
            for (String slot : slots) {
                Tensor saved = savedState.get(slot + "." + parameter.name());
                if (saved == null || !saved.shape().equals(parameter.value().shape())) {
                    throw new IllegalArgumentException("optimizer state " + slot + "." + parameter.name() + " is "
                            + (saved == null ? "missing" : "of shape " + saved.shape()) + ", expected "
                            + parameter.value().shape());
                }
                slot(slot, parameter).copyFrom_(saved);
            }
        }
    }

    @Override
    public void close() {
        state.values().forEach(Tensor::close);
        state.clear();
    }
}
