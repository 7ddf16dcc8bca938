package org.openmoshi.models.nn;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * What the layers of one model remember between the chunks of a stream, for a batch of items that begin, rest and end
 * independently. It belongs to the session; layers ask for their tensors by their module path, and get zeros at the
 * first time and after a reset: a layer's state is made so that zeros are the state before the first step.
 */
public final class StreamState implements AutoCloseable {
    private final PackedWeights weights;
    private final Backend backend;
    private final DType dtype;
    private final int batch;
    private final int maxSteps;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, KvRing> rings = new HashMap<>();
    private final Tensor active; // bool [B]
    private final Tensor activeCount; // int64 [B], 0 or 1

    /**
     * A state before the first step, all items active.
     *
     * @param weights of the model
     * @param dtype of activations
     * @param batch number of items
     * @param maxSteps steps that a transformer takes at a time, at most; its rings have room for them
     */
    public StreamState(PackedWeights weights, Backend backend, DType dtype, int batch, int maxSteps) {
        if (batch < 1 || maxSteps < 1) {
            throw new IllegalArgumentException(
                    "a stream needs at least one item and one step at a time, not " + batch + " and " + maxSteps);
        }
        this.weights = weights;
        this.backend = backend;
        this.dtype = dtype;
        this.batch = batch;
        this.maxSteps = maxSteps;
        active = allocate(DType.BOOL, Shape.of(batch), 1);
        activeCount = allocate(DType.I64, Shape.of(batch), 1);
    }

    /** The weights that this stream reads. */
    public PackedWeights weights() {
        return weights;
    }

    /** Number of items. */
    public int batch() {
        return batch;
    }

    /** Steps that a transformer takes at a time, at most. */
    public int maxSteps() {
        return maxSteps;
    }

    /** Type of activations. */
    public DType dtype() {
        return dtype;
    }

    /** Which items take part in the present chunk: bool [B]. */
    public Tensor active() {
        return active;
    }

    /** Steps by which a chunk moves each item on: int64 [B], {@code steps} for those that take part, 0 for others. */
    public Tensor progress(int steps) {
        return steps == 1 ? activeCount : activeCount.mul(steps);
    }

    /**
     * Says which items take part in the chunks to come. What the others are given does not matter, what comes out for
     * them means nothing, and their state stays as it is.
     */
    public void setActive(boolean... items) {
        checkItems(items);
        try (Scope _ = Scope.open()) {
            Tensor host = Tensor.of(items, batch).to(backend);
            active.copyFrom_(host);
            activeCount.copyFrom_(host);
        }
    }

    /** A layer's tensor [B, itemShape], zeros for an item that begins. */
    public Tensor tensor(String key, long... itemShape) {
        return tensor(key, dtype, itemShape);
    }

    /** A layer's tensor [B, itemShape] of another type, zeros for an item that begins. */
    public Tensor tensor(String key, DType type, long... itemShape) {
        Tensor found = tensors.get(key);
        if (found == null) {
            found = allocate(type, Shape.of(itemShape).insert(0, batch), 0);
            tensors.put(key, found);
        }
        return found;
    }

    /**
     * The steps that a layer looks back on, then x: [B, before + T, C] for x [B, T, C]. What comes before the first step
     * is zeros, or the first step again.
     *
     * @param before how many steps the layer looks back; those of a chunk's end are kept for the next one
     */
    public Tensor window(String path, Tensor x, int before, boolean replicate) {
        if (before == 0) {
            return x;
        }
        Tensor carry = tensor(path + ".carry", before, x.dim(2));
        try (Scope scope = Scope.open()) {
            Tensor past = replicate ? begun(path).where(carry, x.slice(1, 0, 1)) : carry;
            Tensor window = Tensor.concat(1, past, x);
            carry.copyFrom_(perItem(active).where(window.slice(1, x.dim(1), window.dim(1)), carry));
            return scope.keep(window);
        }
    }

    /** Which items have had a step before this chunk: bool [B, 1, 1]. */
    private Tensor begun(String path) {
        Tensor flags = tensor(path + ".begun", DType.BOOL);
        Tensor before = perItem(flags.copy());
        flags.copyFrom_(active.where(active, flags));
        return before;
    }

    private Tensor perItem(Tensor flags) {
        return flags.reshape(batch, 1, 1);
    }

    /** Keys and values of an attention layer. */
    public KvRing ring(String path, int heads, int headSize, int context) {
        KvRing found = rings.get(path);
        if (found == null) {
            found = new KvRing(this, path, heads, headSize, context);
            rings.put(path, found);
        }
        return found;
    }

    /** Memory of a layer whose content before it is written does not matter, also after a reset. */
    Tensor memory(Shape shape) {
        return allocate(dtype, shape, 0);
    }

    private Tensor allocate(DType type, Shape shape, double value) {
        try (Scope _ = Scope.open()) {
            return Tensor.full(backend, type, value, shape).hold();
        }
    }

    /** Puts the items that are true back before their first step. */
    public void reset(boolean... items) {
        checkItems(items);
        try (Scope _ = Scope.open()) {
            for (Tensor tensor : tensors.values()) {
                for (int i = 0; i < batch; i++) {
                    if (items[i]) {
                        tensor.slice(0, i, i + 1).fill_(0);
                    }
                }
            }
        }
    }

    /** Bytes that the state takes. */
    public long byteSize() {
        long bytes = active.storage().byteSize() + activeCount.storage().byteSize();
        bytes +=
                tensors.values().stream().mapToLong(t -> t.storage().byteSize()).sum();
        return bytes + rings.values().stream().mapToLong(KvRing::byteSize).sum();
    }

    private void checkItems(boolean... items) {
        if (items.length != batch) {
            throw new IllegalArgumentException(items.length + " flags for a stream of " + batch + " items");
        }
    }

    /** Frees everything. */
    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
        rings.values().forEach(KvRing::close);
        active.close();
        activeCount.close();
    }
}
