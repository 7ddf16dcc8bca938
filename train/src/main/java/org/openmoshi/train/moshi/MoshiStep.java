package org.openmoshi.train.moshi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.openmoshi.autograd.Tape;
import org.openmoshi.autograd.optim.GradientNorm;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiLoss;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** One optimizer step of the language model. */
final class MoshiStep {
    private final MoshiTrainConfig config;
    private final MoshiTrainState state;
    private final Schedule schedule;

    /** What a step did, for the log; {@code finite} is false when it was skipped. */
    record Result(boolean finite, Map<String, Double> values) {}

    MoshiStep(MoshiTrainConfig config, MoshiTrainState state, Schedule schedule) {
        this.config = config;
        this.state = state;
        this.schedule = schedule;
    }

    /** One step over micro-batches of tokens, each [batch, streams, frames]. */
    Result run(List<long[]> batches) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < batches.size(); i++) {
            backward(batches.get(i), state.counters.batch() + i, values);
        }
        try (Scope _ = Scope.open()) {
            Tensor norm = GradientNorm.of(state.trained);
            values.put("grad_norm", norm.item());
            boolean finite = Double.isFinite(norm.item()) && Double.isFinite(values.getOrDefault("loss", Double.NaN));
            if (finite && config.optimizer().clipNorm() > 0) {
                Tensor scale = GradientNorm.clipScale(norm, config.optimizer().clipNorm());
                state.optimizer.step(schedule, state.counters.step(), scale);
            } else if (finite) {
                state.optimizer.step(schedule, state.counters.step());
            }
            state.optimizer.clearGradients();
            return new Result(finite, values);
        }
    }

    private void backward(long[] tokens, long batch, Map<String, Double> values) {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            tape.watch(state.trained);
            Tensor codes = codes(masked(tokens, batch), config, state.model.config());
            MoshiLoss loss = MoshiLoss.of(
                    state.model, codes, weights(config), tape, config.data().recompute());
            add(values, loss, config.data().accumulation());
            tape.backward(loss.total().div(config.data().accumulation()));
        }
    }

    /** Hides the text of some sequences. */
    private long[] masked(long[] tokens, long batch) {
        SplittableRandom random = new SplittableRandom(config.seed() ^ (batch + 1) * 0xD1B54A32D192ED03L);
        int frames = config.data().windowFrames();
        int sequence = tokens.length / config.data().batchSize();
        for (int b = 0; b < config.data().batchSize(); b++) {
            if (random.nextDouble() < config.data().textMasking()) {
                java.util.Arrays.fill(tokens, b * sequence, b * sequence + frames, MoshiConfig.ZERO_TOKEN);
            }
        }
        return tokens;
    }

    /** A batch as the model takes it: int64 [batch, streams, frames]. */
    static Tensor codes(long[] tokens, MoshiTrainConfig config, MoshiConfig shape) {
        return Tensor.of(
                        tokens,
                        config.data().batchSize(),
                        shape.streams(),
                        config.data().windowFrames())
                .to(Backends.defaultBackend());
    }

    /** The weights of tokens. */
    static MoshiLoss.Weights weights(MoshiTrainConfig config) {
        return new MoshiLoss.Weights(config.loss().semantic(), config.loss().padding());
    }

    /** Adds a batch's losses to means over {@code batches}. */
    static void add(Map<String, Double> values, MoshiLoss loss, int batches) {
        double[] streams = loss.streams().toDoubles();
        double text = loss.text().item();
        double audio = loss.audio().item();
        values.merge("loss", (text + audio) / batches, Double::sum);
        values.merge("text", text / batches, Double::sum);
        values.merge("audio", audio / batches, Double::sum);
        for (int i = 0; i < streams.length; i++) {
            values.merge(i == 0 ? "stream_text" : "stream_" + i, streams[i] / batches, Double::sum);
        }
    }
}
