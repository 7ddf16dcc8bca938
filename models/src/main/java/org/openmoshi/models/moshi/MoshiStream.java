package org.openmoshi.models.moshi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.nn.PackedWeights;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Generates frame by frame for a batch of sessions (Moshi paper, section 3.4.4): each call takes the user's codes of a
 * frame of 80 ms and gives Moshi's text token and codes of the frame that is complete by then, {@link
 * MoshiConfig#maxDelay} frames earlier. Sessions of a batch may rest and begin anew independently.
 */
public final class MoshiStream implements AutoCloseable {
    private final MoshiModel model;
    private final MoshiConfig config;
    private final int batch;
    private final PackedWeights weights;
    private final StreamState temporal;
    private final StreamState depth;
    private final TokenSampler textSampler;
    private final TokenSampler audioSampler;
    private final long[][][] ring; // [B][streams][maxDelay + 2]: the token of a stream's step, at the step modulo that
    private final long[] frames; // [B]: how many each session has been through
    private final boolean[] active; // [B]
    private final boolean[] all; // [B] of true
    private final long[] drawn; // [B]

    /**
     * Opens a batch of sessions.
     *
     * @param weightType in which the sessions keep the weights that they read: F32, or BF16 for half the memory
     * @param seed for the samplers
     */
    public MoshiStream(MoshiModel model, int batch, DType weightType, Sampling text, Sampling audio, long seed) {
        this.model = model;
        this.batch = batch;
        config = model.config();
        if (config.context() == 0) {
            throw new IllegalArgumentException("a model without a limit of context cannot stream: its configuration's"
                    + " context must say how many frames to remember");
        }
        weights = new PackedWeights(weightType);
        temporal = new StreamState(weights, Backends.defaultBackend(), DType.F32, batch, 1);
        depth = new StreamState(weights, Backends.defaultBackend(), DType.F32, batch, 1);
        textSampler = new TokenSampler(text, batch, config.textCardOut(), seed);
        audioSampler = new TokenSampler(audio, batch, config.card(), seed + 1);
        ring = new long[batch][config.streams()][config.maxDelay() + 2];
        frames = new long[batch];
        active = new boolean[batch];
        all = new boolean[batch];
        drawn = new long[batch];
        Arrays.fill(active, true);
        Arrays.fill(all, true);
        for (int b = 0; b < batch; b++) {
            forget(b);
        }
    }

    private void forget(int session) {
        for (long[] slots : ring[session]) {
            Arrays.fill(slots, MoshiConfig.UNGENERATED_TOKEN);
        }
    }

    /** Number of audio streams that a frame gives to {@link #step}: the user's. */
    public int userStreams() {
        return config.nQ() - config.depQ();
    }

    /** Says which sessions take part from now on; the others stay as they are. */
    public void setActive(boolean... sessions) {
        temporal.setActive(sessions);
        System.arraycopy(sessions, 0, active, 0, batch);
    }

    /** Lets the sessions that are true begin anew. */
    public void reset(boolean... sessions) {
        temporal.reset(sessions);
        for (int b = 0; b < batch; b++) {
            if (sessions[b]) {
                frames[b] = 0;
                forget(b);
            }
        }
    }

    /**
     * One frame, all of it generated.
     *
     * @see #step(long[][], long[][], long[][])
     */
    public boolean step(long[][] user, long[][] out) {
        return step(user, null, out);
    }

    /**
     * One frame.
     *
     * @param user [B][userStreams]: the user's codes of this frame; a row of a resting session is ignored
     * @param forced [B][1 + depQ]: text and codes that this frame is to have instead of generated ones, {@link
     *     MoshiConfig#UNGENERATED_TOKEN} where they are to be generated; null to generate all. Text alone makes a voice
     *     that reads it, codes alone make a transcript, in a model whose delays are chosen for that
     * @param out [B][1 + depQ]: text and codes of the frame that is complete now; {@link MoshiConfig#UNGENERATED_TOKEN}
     *     in rows of sessions that have none yet
     * @return whether any row of {@code out} has a frame
     */
    public boolean step(long[][] user, long @Nullable [][] forced, long[][] out) {
        int slots = config.maxDelay() + 2;
        for (int b = 0; b < batch; b++) {
            for (int stream = 0; active[b] && stream < config.streams(); stream++) {
                int i = stream - 1 - config.depQ();
                long step =
                        frames[b] + config.delays().get(stream) + (i < 0 ? 1 : 0); // generated ones come a step later
                ring[b][stream][(int) (step % slots)] =
                        i >= 0 ? user[b][i] : forced == null ? MoshiConfig.UNGENERATED_TOKEN : forced[b][stream];
            }
        }
        try (Scope _ = Scope.open()) {
            Tensor hidden = model.temporal(inputs(slots), null, null, temporal);
            textSampler.sample(model.textLogits(hidden, temporal), drawn);
            take(0, slots);
            if (config.depQ() > 0) {
                depth.reset(all);
            }
            for (int i = 0; i < config.depQ(); i++) {
                Tensor token = Tensor.of(drawn, batch, 1).to(hidden.backend());
                audioSampler.sample(model.depthLogits(i, hidden, token, depth), drawn);
                take(i + 1, slots);
            }
        }
        boolean any = false;
        for (int b = 0; b < batch; b++) {
            frames[b] += active[b] ? 1 : 0;
            boolean complete = active[b] && frames[b] > config.maxDelay();
            any |= complete;
            for (int stream = 0; stream <= config.depQ(); stream++) {
                long at = frames[b] - config.maxDelay() + config.delays().get(stream);
                out[b][stream] = complete ? ring[b][stream][(int) (at % slots)] : MoshiConfig.UNGENERATED_TOKEN;
            }
        }
        return any;
    }

    /** What the temporal transformer reads at this frame: [B, streams, 1]. */
    private Tensor inputs(int slots) {
        long[] tokens = new long[batch * config.streams()];
        for (int b = 0; b < batch; b++) {
            for (int stream = 0; stream < config.streams(); stream++) {
                boolean begun = active[b] && frames[b] > config.delays().get(stream);
                tokens[b * config.streams() + stream] =
                        begun ? ring[b][stream][(int) (frames[b] % slots)] : config.initialToken(stream);
            }
        }
        return Tensor.of(tokens, batch, config.streams(), 1).to(Backends.defaultBackend());
    }

    /** Notes the drawn tokens of a stream as the next frame's input; where one is forced already, it is taken instead. */
    private void take(int stream, int slots) {
        for (int b = 0; b < batch; b++) {
            int slot = (int) ((frames[b] + 1) % slots);
            if (active[b] && ring[b][stream][slot] == MoshiConfig.UNGENERATED_TOKEN) {
                ring[b][stream][slot] = drawn[b];
            } else if (active[b]) {
                drawn[b] = ring[b][stream][slot];
            }
        }
    }

    /** Bytes of native memory that the sessions take, packed weights included. */
    public long byteSize() {
        return temporal.byteSize() + depth.byteSize() + weights.byteSize();
    }

    /** Frees what the sessions remember. */
    @Override
    public void close() {
        temporal.close();
        depth.close();
        weights.close();
        textSampler.close();
        audioSampler.close();
    }
}
