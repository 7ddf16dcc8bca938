package org.openmoshi.models.nn;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.PackedConv1d;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * The weights of a model as streams read them: in the panels of {@link PackedConv1d}, by module path. A weight is packed
 * when a layer first asks for it, so what is trained or loaded later does not show. Sessions in several threads may share
 * one instance.
 */
public final class PackedWeights implements AutoCloseable {
    private final DType dtype;
    private final Map<String, Tensor> tensors = new ConcurrentHashMap<>();

    /** Weights stored in a type: the model's own, or BF16 for half the memory to read and eight bits of mantissa. */
    public PackedWeights(DType dtype) {
        this.dtype = dtype;
    }

    /** The type that weights are stored in. */
    public DType dtype() {
        return dtype;
    }

    /**
     * A weight in panels [ceil(out / 32), in kernelSize, 32].
     *
     * @param path of the layer
     * @param weight makes [out, in, kernelSize] or [out, in]
     */
    public Tensor panels(String path, Supplier<Tensor> weight) {
        return tensor(path + ".panels", () -> {
            Tensor w = weight.get();
            long rows = ComputeOp.PANEL_ROWS;
            Tensor flat = w.reshape(w.dim(0), -1).pad(PadMode.CONSTANT, 0, 0, Math.floorMod(-w.dim(0), rows), 0);
            return flat.reshape(flat.dim(0) / rows, rows, flat.dim(1))
                    .transpose(1, 2)
                    .contiguous()
                    .cast(dtype);
        });
    }

    /** Any tensor that is computed once from parameters. */
    public Tensor tensor(String key, Supplier<Tensor> make) {
        return tensors.computeIfAbsent(key, _ -> {
            try (Scope _ = Scope.open()) {
                return make.get().hold();
            }
        });
    }

    /** Bytes that the weights take. */
    public long byteSize() {
        return tensors.values().stream().mapToLong(t -> t.storage().byteSize()).sum();
    }

    /** Frees everything. */
    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
    }
}
