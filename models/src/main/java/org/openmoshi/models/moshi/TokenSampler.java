package org.openmoshi.models.moshi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.openmoshi.tensor.Tensor;

/** Draws tokens from rows of logits, reusing its buffers. The same seed and logits give the same tokens. */
final class TokenSampler implements AutoCloseable {
    private final Sampling sampling;
    private final int vocabulary;
    private final SplittableRandom random;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment host; // float [B, vocabulary]
    private final float[] logits; // of the candidates: a heap, then in falling order
    private final int[] tokens; // of the candidates

    TokenSampler(Sampling sampling, int batch, int vocabulary, long seed) {
        this.sampling = sampling;
        this.vocabulary = vocabulary;
        random = new SplittableRandom(seed);
        host = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * vocabulary);
        int candidates = sampling.topK() == 0 ? vocabulary : Math.min(sampling.topK(), vocabulary);
        logits = new float[candidates];
        tokens = new int[candidates];
    }

    /** Draws a token for each row of logits [B, vocabulary] into {@code drawn} [B]. */
    void sample(Tensor rows, long[] drawn) {
        rows.download(host);
        for (int row = 0; row < drawn.length; row++) {
            long at = (long) row * vocabulary;
            drawn[row] = sampling.temperature() == 0 ? largest(at) : draw(at);
        }
    }

    private float logit(long index) {
        return host.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    private int largest(long at) {
        int best = 0;
        for (int i = 1; i < vocabulary; i++) {
            if (logit(at + i) > logit(at + best)) {
                best = i;
            }
        }
        return best;
    }

    private int draw(long at) {
        int count = select(at);
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += probability(i);
        }
        if (sampling.topP() > 0 && sampling.topP() < 1) {
            double reached = 0;
            int kept = 0;
            while (kept < count && reached <= sampling.topP() * total) {
                reached += probability(kept++);
            }
            count = kept;
            total = reached;
        }
        double rest = random.nextDouble() * total;
        for (int i = 0; i < count - 1; i++) {
            rest -= probability(i);
            if (rest < 0) {
                return tokens[i];
            }
        }
        return tokens[count - 1];
    }

    /** Of a candidate, relative to that of the likeliest. */
    private double probability(int i) {
        return Math.exp((logits[i] - logits[0]) / sampling.temperature());
    }

    /** Fills the candidates with the likeliest tokens in falling order, equal ones by number; returns how many. */
    private int select(long at) {
        int size = logits.length;
        for (int i = 0; i < size; i++) {
            logits[i] = logit(at + i);
            tokens[i] = i;
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i, size);
        }
        for (int i = size; i < vocabulary; i++) {
            float candidate = logit(at + i);
            if (candidate > logits[0]) { // an equal one has the higher number
                logits[0] = candidate;
                tokens[0] = i;
                sink(0, size);
            }
        }
        for (int end = size - 1; end > 0; end--) { // the least likely to the end, one after the other
            swap(0, end);
            sink(0, end);
        }
        return size;
    }

    /** Restores the heap, the least likely candidate on top, below a node. */
    private void sink(int node, int size) {
        int at = node;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && before(child + 1, child)) {
                child++;
            }
            if (!before(child, at)) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    /** Whether a candidate is less likely than another, or as likely with a higher number. */
    private boolean before(int a, int b) {
        return logits[a] < logits[b] || (logits[a] == logits[b] && tokens[a] > tokens[b]);
    }

    private void swap(int a, int b) {
        float logit = logits[a];
        logits[a] = logits[b];
        logits[b] = logit;
        int token = tokens[a];
        tokens[a] = tokens[b];
        tokens[b] = token;
    }

    @Override
    public void close() {
        arena.close();
    }
}
