package org.openmoshi.models.nn;

import java.util.LinkedHashMap;
import java.util.Map;
import org.openmoshi.tensor.Tensor;

/**
 * Low-rank adapters on linear layers (Hu et al. 2021): y = W x + scaling B A x, with A [rank, in] and B [out, rank] as
 * {@code lora_A.weight} and {@code lora_B.weight} beside the layer's {@code weight}. B starts at zero, so that a fresh
 * adapter changes nothing.
 *
 * @param rank inner size
 * @param scaling factor of the adapter's output
 */
public record Lora(int rank, double scaling) {
    /** Checks the values. */
    public Lora {
        if (rank < 1) {
            throw new IllegalArgumentException("the rank of LoRA adapters is " + rank + ", must be at least 1");
        }
        if (!Double.isFinite(scaling)) {
            throw new IllegalArgumentException("the scaling of LoRA adapters is " + scaling + ", must be finite");
        }
    }

    /**
     * The tensors of a model without adapters that computes the same: each weight plus scaling B A. New tensors belong to
     * the current scope.
     */
    public Map<String, Tensor> merge(Map<String, Tensor> tensors) {
        Map<String, Tensor> merged = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!isAdapter(name)) {
                String layer = name.substring(0, name.lastIndexOf('.') + 1);
                Tensor a = tensors.get(layer + "lora_A.weight");
                Tensor b = tensors.get(layer + "lora_B.weight");
                if (a != null && b != null && name.endsWith(".weight")) {
                    merged.put(name, tensor.add(b.matmul(a).mul(scaling)));
                } else {
                    merged.put(name, tensor);
                }
            }
        });
        return merged;
    }

    /** Whether a parameter of this name belongs to an adapter. */
    public static boolean isAdapter(String name) {
        return name.contains(".lora_A.") || name.contains(".lora_B.");
    }
}
