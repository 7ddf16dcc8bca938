package org.openmoshi.models.moshi;

import java.util.List;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * The token streams of a batch with each stream moved back by its delay (Moshi paper, section 3.4.3), all int64 [B,
 * streams, T]; tensors of the scope in which it was made.
 *
 * @param inputs what the temporal transformer reads: at step 0 the initial tokens, then the delayed tokens of the step
 *     before
 * @param tokens the delayed tokens of each step, initial tokens where a stream has not begun; the depth transformer
 *     reads them
 * @param targets the same tokens where they are to be predicted, elsewhere -1
 */
public record DelayedCodes(Tensor inputs, Tensor tokens, Tensor targets) {
    /**
     * Delays the streams of a batch.
     *
     * @param codes int64 [B, streams, T]: text, then audio streams; -1 where nothing stands
     */
    public static DelayedCodes of(Tensor codes, MoshiConfig config) {
        if (codes.rank() != 3 || codes.dim(1) != config.streams() || codes.dtype() != DType.I64) {
            throw new IllegalArgumentException("codes are " + codes.dtype() + codes.shape() + ", must be I64[B, "
                    + config.streams() + ", T]: text and " + config.nQ() + " audio streams");
        }
        long batch = codes.dim(0);
        long steps = codes.dim(2);
        List<Integer> delays = config.delays();
        Tensor[] inputs = new Tensor[delays.size()];
        Tensor[] tokens = new Tensor[delays.size()];
        Tensor[] targets = new Tensor[delays.size()];
        try (Scope scope = Scope.open()) {
            for (int stream = 0; stream < inputs.length; stream++) {
                long delay = Math.min(delays.get(stream), steps);
                Tensor initial = full(codes, config.initialToken(stream), batch, delay + 1);
                Tensor nothing = full(codes, MoshiConfig.ZERO_TOKEN, batch, delay);
                Tensor kept = codes.select(1, stream).slice(1, 0, steps - delay);
                Tensor delayed = Tensor.concat(1, initial, kept); // [B, T + 1]
                inputs[stream] = delayed.slice(1, 0, steps);
                tokens[stream] = delayed.slice(1, 1, steps + 1);
                targets[stream] = Tensor.concat(1, nothing, kept);
            }
            return new DelayedCodes(
                    scope.keep(Tensor.stack(1, inputs)),
                    scope.keep(Tensor.stack(1, tokens)),
                    scope.keep(Tensor.stack(1, targets)));
        }
    }

    private static Tensor full(Tensor like, int token, long... shape) {
        return Tensor.full(like.backend(), DType.I64, token, Shape.of(shape));
    }
}
