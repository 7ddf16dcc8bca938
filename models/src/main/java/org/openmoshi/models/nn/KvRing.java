package org.openmoshi.models.nn;

import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * The keys and values of the last steps of an attention layer, per item of a stream: step j lies in slot j mod slots.
 * There are slots for the context and for one chunk more, so a chunk never overwrites what its first query still sees,
 * and what an inactive item writes is overwritten by its next chunk before anyone sees it.
 */
public final class KvRing implements AutoCloseable {
    /** The number of slots is a multiple of this, so that kernels may read whole vectors of keys. */
    private static final int UNIT = 32;

    private final StreamState state;
    private final int context;
    private final int slots;
    private final Tensor memory; // keys [B, H, D, slots]: a query meets many keys at once
    private final Tensor keys; // [B, H, slots, D]
    private final Tensor values; // [B, H, slots, D]
    private final Tensor position; // int64 [B]

    KvRing(StreamState state, String path, int heads, int headSize, int context) {
        this.state = state;
        this.context = context;
        slots = Math.ceilDiv(context + state.maxSteps() - 1, UNIT) * UNIT;
        memory = state.memory(Shape.of(state.batch(), heads, headSize, slots));
        try (Scope _ = Scope.open()) {
            keys = memory.transpose(2, 3).hold();
        }
        values = state.memory(Shape.of(state.batch(), heads, slots, headSize));
        position = state.tensor(path + ".position", DType.I64);
    }

    /** Steps that each item has seen: int64 [B]. A new step's rotary position. */
    public Tensor position() {
        return position;
    }

    /**
     * Takes in the keys and values of the next steps, lets their queries attend, and moves the active items on.
     *
     * @param q [B, H, T, D], rotated, as is k; T is at most the state's maxSteps
     * @return [B, H, T, D]
     */
    public Tensor attend(Tensor q, Tensor k, Tensor v, double scale) {
        int steps = q.intDim(2);
        if (steps > slots - context + 1) {
            throw new IllegalArgumentException("a chunk of " + steps + " steps; this stream was opened for at most "
                    + state.maxSteps() + " at a time");
        }
        try (Scope scope = Scope.open()) {
            Engine.runInPlace(new InPlaceOp.RingWrite(), keys, k, position);
            Engine.runInPlace(new InPlaceOp.RingWrite(), values, v, position);
            Tensor out = Functions.ringAttention(q, keys, values, position, context, scale);
            position.copyFrom_(position.add(state.progress(steps)));
            return scope.keep(out);
        }
    }

    long byteSize() {
        return memory.storage().byteSize() + values.storage().byteSize();
    }

    /** Frees the rings; the position belongs to the state. */
    @Override
    public void close() {
        keys.close();
        memory.close();
        values.close();
    }
}
