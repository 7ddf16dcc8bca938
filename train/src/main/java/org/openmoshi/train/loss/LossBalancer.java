package org.openmoshi.train.loss;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.openmoshi.autograd.Tape;
import org.openmoshi.tensor.ComputeOp.ReduceKind;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Loss balancer (Défossez et al. 2022, section 3.4): each loss contributes to the gradient at the model's output in
 * proportion to its weight, whatever its scale. With g_i the gradient of loss i with respect to the output, and avg an
 * exponential moving average over steps of its norm (per item, averaged over the batch), the balanced gradient is
 * sum_i w_i / sum_j w_j * g_i / avg(|g_i|).
 */
public final class LossBalancer {
    private static final double EPSILON = 1e-12;

    private final Map<String, Double> weights;
    private final double decay;
    private final Map<String, double[]> averages = new TreeMap<>(); // name to {weighted sum of norms, sum of weights}

    /** Weights by loss name (all must be positive), and the decay of the averages, 0.999 in the paper. */
    public LossBalancer(Map<String, Double> weights, double decay) {
        this.weights = new LinkedHashMap<>(weights);
        this.decay = decay;
    }

    /**
     * The balanced gradient at {@code output}; belongs to the current scope. The tape above the output is used up.
     *
     * @param losses scalars by name, each with a weight
     * @param output the model's output [B, ...] on which all losses depend
     */
    public Tensor balance(Tape tape, Map<String, Tensor> losses, Tensor output) {
        double totalWeight = 0;
        for (String name : losses.keySet()) {
            totalWeight += weight(name);
        }
        int[] perItem = new int[output.rank() - 1];
        Arrays.setAll(perItem, i -> i + 1);
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> gradients = new LinkedHashMap<>();
            losses.forEach((name, loss) -> gradients.put(name, tape.gradients(loss, true, output)[0]));
            double[] norms = Tape.withoutRecording(() -> Tensor.stack(
                            0,
                            gradients.values().stream()
                                    .map(g -> g.reduce(ReduceKind.L2_NORM, false, perItem)
                                            .mean())
                                    .toArray(Tensor[]::new))
                    .toDoubles()); // the host waits for the device once, not once per loss
            Tensor balanced = output.zerosLike();
            int next = 0;
            for (Map.Entry<String, Tensor> gradient : gradients.entrySet()) {
                String name = gradient.getKey();
                double average = average(name, norms[next++], output.dim(0));
                balanced.add_(gradient.getValue(), weight(name) / totalWeight / (EPSILON + average));
            }
            return scope.keep(balanced);
        }
    }

    private double weight(String name) {
        Double weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("no weight for loss '" + name + "'; weights: " + weights.keySet());
        }
        return weight;
    }

    /** Debiased moving average: a batch of B items counts B times; a norm that is not finite leaves it as it was. */
    private double average(String name, double norm, long items) {
        double[] average = averages.computeIfAbsent(name, key -> new double[2]);
        if (Double.isFinite(norm)) {
            average[0] = average[0] * decay + norm * items;
            average[1] = average[1] * decay + items;
        }
        return average[1] == 0 ? norm : average[0] / average[1];
    }

    /** The state for a checkpoint: by loss name, the weighted sum of norms and the sum of weights. */
    public Map<String, double[]> state() {
        Map<String, double[]> copy = new TreeMap<>();
        averages.forEach((name, value) -> copy.put(name, value.clone()));
        return copy;
    }

    /** Restores what {@link #state} gave. */
    public void restore(Map<String, double[]> state) {
        averages.clear();
        state.forEach((name, value) -> averages.put(name, value.clone()));
    }
}
