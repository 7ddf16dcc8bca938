package org.openmoshi.models.mimi;

import java.util.function.DoubleConsumer;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Runs causal convolutions over a long signal chunk by chunk, so that the memory they need does not grow with its
 * length: at the waveform's rate, ten minutes of 64 channels are 3.7 GB for every activation. Each chunk is preceded by
 * as much of the signal as the convolutions look back, so the result is that of the whole signal at once, up to the
 * rounding of sums that are cut elsewhere.
 */
final class ChunkedLayer {
    private final Layer layer;
    private final int inputSize;
    private final int outputSize;
    private final int context;
    private final int chunk;

    /**
     * A layer in chunks.
     *
     * @param layer causal convolutions that give {@code outputSize} steps for each {@code inputSize} steps
     * @param inputSize input steps per unit
     * @param outputSize output steps per unit
     * @param context units that an output depends on before its own
     * @param chunk units at a time; shorter signals go through at once
     */
    ChunkedLayer(Layer layer, int inputSize, int outputSize, int context, int chunk) {
        this.layer = layer;
        this.inputSize = inputSize;
        this.outputSize = outputSize;
        this.context = context;
        this.chunk = chunk;
    }

    /**
     * x: [B, C, n * inputSize] -> [B, D, n * outputSize].
     *
     * @param progress is told the share that is done, after each chunk
     */
    Tensor forward(Tensor x, DoubleConsumer progress) {
        int units = x.intDim(2) / inputSize;
        Tensor[] done = new Tensor[Math.max(1, Math.ceilDiv(units, chunk))];
        try (Scope scope = Scope.open()) {
            for (int i = 0; i < done.length; i++) {
                done[i] = chunk(x, i * chunk, Math.min(units, (i + 1) * chunk));
                progress.accept((i + 1.0) / done.length);
            }
            return scope.keep(done.length == 1 ? done[0] : Tensor.concat(2, done));
        }
    }

    /** The output of the units from {@code start} to {@code end}. */
    private Tensor chunk(Tensor x, int start, int end) {
        int from = Math.max(0, start - context);
        int to = end * inputSize;
        try (Scope scope = Scope.open()) {
            boolean whole = from == 0 && to == x.intDim(2);
            Tensor output = layer.forward(whole ? x : x.slice(2, (long) from * inputSize, to));
            // a copy, so that the chunk's context does not stay allocated under a view
            return scope.keep(
                    from == start
                            ? output
                            : output.slice(2, (long) (start - from) * outputSize, output.dim(2))
                                    .contiguous());
        }
    }
}
