package org.openmoshi.autograd.optim;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** An exponential moving average of parameters, for evaluation and release. */
public final class WeightEma implements AutoCloseable {
    private final List<Parameter> parameters;
    private final double decay;
    private final Map<String, Tensor> averages = new TreeMap<>();
    private boolean swapped;

    /** Starts from the parameters' present values. */
    public WeightEma(Collection<Parameter> parameters, double decay) {
        this.parameters = List.copyOf(parameters);
        this.decay = decay;
        try (Scope _ = Scope.detached()) {
            for (Parameter parameter : this.parameters) {
                averages.put(parameter.name(), parameter.value().copy());
            }
        }
    }

    /** average = decay average + (1 - decay) value. */
    public void update() {
        if (swapped) {
            throw new IllegalStateException("the parameters hold the averages now: call swap() first");
        }
        for (Parameter parameter : parameters) {
            average(parameter).lerp_(parameter.value(), 1 - decay);
        }
    }

    /** Exchanges averages and parameters; calling it again undoes it. */
    public void swap() {
        for (Parameter parameter : parameters) {
            try (Scope _ = Scope.open()) {
                Tensor average = average(parameter);
                Tensor value = parameter.value().copy();
                parameter.value().copyFrom_(average);
                average.copyFrom_(value);
            }
        }
        swapped = !swapped;
    }

    private Tensor average(Parameter parameter) {
        Tensor average = averages.get(parameter.name());
        if (average == null) {
            throw new IllegalStateException("no average of " + parameter.name() + "; this EMA was closed");
        }
        return average;
    }

    /** The live averages by parameter name; they stay this object's. */
    public Map<String, Tensor> averages() {
        return Collections.unmodifiableMap(new TreeMap<>(averages)); // in an order that a checkpoint repeats
    }

    /** Copies saved averages in. */
    public void restore(Map<String, Tensor> saved) {
        for (Parameter parameter : parameters) {
            Tensor value = saved.get(parameter.name());
            if (value == null || !value.shape().equals(parameter.value().shape())) {
                throw new IllegalArgumentException("weight average of " + parameter + " is "
                        + (value == null ? "missing" : "of shape " + value.shape()));
            }
            average(parameter).copyFrom_(value);
        }
    }

    @Override
    public void close() {
        averages.values().forEach(Tensor::close);
        averages.clear();
    }
}
