package org.openmoshi.train.mimi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.autograd.optim.GradientNorm;
import org.openmoshi.autograd.optim.Optimizer;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.discriminator.Discriminator;
import org.openmoshi.models.mimi.FrameMask;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.TrainingStep;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.loss.FeatureMatchingLoss;
import org.openmoshi.train.loss.HingeLoss;
import org.openmoshi.train.loss.MultiResolutionStftLoss;
import org.openmoshi.train.loss.MultiScaleMelLoss;
import org.openmoshi.train.mimi.MimiTrainConfig.Recipe;

/**
 * One optimizer step of the recipe: the generator learns from the balanced losses at its output, from the commitment
 * loss and from its teacher, then the discriminator learns to tell its outputs from the originals (Défossez et al. 2024,
 * section 3.3).
 */
final class MimiStep implements AutoCloseable {
    private static final int FIRST_MEL_EXPONENT = 6;
    private static final int LAST_MEL_EXPONENT = 11;

    // resolutions of the STFT loss, windows of 20, 40 and 50 ms at 24 kHz
    private static final int[] N_FFTS = {512, 1024, 2048};
    private static final int[] WIN_LENGTHS = {480, 960, 1200};
    private static final int[] HOPS = {120, 240, 300};

    private final MimiTrainConfig config;
    private final MimiTrainState state;
    private final Schedule schedule;
    private final MultiScaleMelLoss melLoss;
    private final MultiResolutionStftLoss stftLoss;

    /** What a step did, for the log; {@code finite} is false when it was skipped. */
    record Result(boolean finite, Map<String, Double> values) {}

    MimiStep(MimiTrainConfig config, MimiTrainState state, Schedule schedule) {
        this.config = config;
        this.state = state;
        this.schedule = schedule;
        this.melLoss = new MultiScaleMelLoss(state.mimi.config().sampleRate(), FIRST_MEL_EXPONENT, LAST_MEL_EXPONENT);
        this.stftLoss = new MultiResolutionStftLoss(N_FFTS, WIN_LENGTHS, HOPS);
    }

    /** One step over micro-batches. */
    Result run(List<TrainingBatch> batches) {
        Map<String, Double> values = new LinkedHashMap<>();
        Map<String, Tensor> unread = new LinkedHashMap<>(); // F64 scalars that one copy brings to the host
        long discriminatorStep = state.counters.step() - config.discriminator().startStep();
        boolean discriminates = config.usesDiscriminator() && discriminatorStep >= 0;
        boolean adversarial =
                discriminates && discriminatorStep >= config.discriminator().warmup();
        List<Tensor> decoded = new ArrayList<>();
        try (Scope _ = Scope.open()) {
            for (int i = 0; i < batches.size(); i++) {
                long number = state.counters.batch() + i + 1;
                decoded.add(generate(batches.get(i), number, adversarial, unread, values));
            }
            boolean finite = update(
                    state.optimizer, state.parameters(), config.optimizer().clipNorm(), "", unread, values);
            if (finite && state.ema != null) {
                state.ema.update();
            }
            if (finite && discriminates) {
                for (int i = 0; i < batches.size(); i++) {
                    discriminate(batches.get(i).original(), decoded.get(i), unread);
                }
                finite = update(
                        Objects.requireNonNull(state.discriminatorOptimizer),
                        Objects.requireNonNull(state.discriminator).stateDict().parameters(),
                        config.discriminator().clipNorm(),
                        "discriminator_",
                        unread,
                        values);
            }
            return new Result(finite, values);
        }
    }

    /** Forward and backward of the generator; returns the decoded batch as a constant. */
    private Tensor generate(
            TrainingBatch batch,
            long number,
            boolean adversarial,
            Map<String, Tensor> unread,
            Map<String, Double> values) {
        try (Scope scope = Scope.open();
                Tape tape = Tape.open()) {
            tape.watch(state.parameters());
            int samples = batch.input().intDim(2);
            int frame = state.mimi.config().frameSize();
            boolean masked = config.data().maskPadding();
            FrameMask frames = masked ? FrameMask.of(batch.lengths(), frame, samples / frame) : null;
            PaddingMask padding = masked ? PaddingMask.of(batch.lengths(), samples) : null;
            Mimi.TrainingOutput output = state.mimi.forward(
                    batch.input(), new TrainingStep(config.quantizer(), number, state.random, frames));
            Tensor whole = output.reconstruction();
            Tensor decoded = padding == null ? whole : padding.apply(whole);

            Map<String, Tensor> losses =
                    losses(batch.original(), decoded, padding == null ? 1 : padding.share(), adversarial);
            losses.forEach((name, loss) -> add(unread, scope, name, loss));
            Tensor outside = lossesOutsideTheBalancer(output, batch, unread, scope);
            for (int i = 0; i < output.metrics().size(); i++) {
                // with quantizer dropout, a level's values are those of the last batch that used it
                values.put("entropy_" + i, output.metrics().get(i).entropy());
                values.put("dead_" + i, output.metrics().get(i).dead());
                values.put("replaced_" + i, output.metrics().get(i).replaced());
            }

            double share = 1.0 / config.data().accumulation();
            Tensor balanced = state.balancer.balance(tape, losses, decoded);
            Tensor toWaveform = Tape.withoutRecording(() -> balanced.mul(share));
            Tensor toOutside = Tape.withoutRecording(() -> outside.zerosLike().add(share));
            tape.backward(new Tensor[] {decoded, outside}, toWaveform, toOutside);
            return scope.keep(Tape.stopGradient(decoded));
        }
    }

    /** What does not act through the waveform: the weighted sum of commitment and distillation, a scalar. */
    private Tensor lossesOutsideTheBalancer(
            Mimi.TrainingOutput output, TrainingBatch batch, Map<String, Tensor> unread, Scope scope) {
        add(unread, scope, "commitment", output.commitment());
        Tensor commitment = output.commitment().mul(config.losses().commitment());
        if (state.distillation == null || batch.target() == null) {
            return commitment;
        }
        Tensor distillation = state.distillation.loss(output.semantic(), batch.target());
        add(unread, scope, "distillation", distillation);
        return commitment.add(distillation.mul(config.distillation().weight()));
    }

    /** Losses at the waveform; {@code share} is that of the time axis which is not padding, where all are 0. */
    private Map<String, Tensor> losses(Tensor original, Tensor decoded, double share, boolean adversarial) {
        Map<String, Tensor> losses = new LinkedHashMap<>();
        MimiTrainConfig.Losses weights = config.losses();
        if (config.recipe() == Recipe.RECONSTRUCTION) {
            if (weights.l1() > 0) {
                losses.put("l1", decoded.sub(original).abs().mean().div(share));
            }
            if (weights.msspec() > 0) {
                losses.put(
                        "msspec",
                        melLoss.forward(decoded.squeeze(1), original.squeeze(1)).div(share));
            }
            if (weights.stft() > 0) {
                MultiResolutionStftLoss.Terms terms = stftLoss.forward(decoded.squeeze(1), original.squeeze(1));
                losses.put(
                        "stft",
                        terms.spectralConvergence().add(terms.logMagnitude().div(share)));
            }
        }
        if (adversarial) {
            // its parameters are not watched: gradients pass through to the waveform only
            Discriminator discriminator = Objects.requireNonNull(state.discriminator);
            Discriminator.Verdict fake = discriminator.forward(decoded);
            if (weights.adversarial() > 0) {
                losses.put("adversarial", HingeLoss.generator(fake.logits()));
            }
            if (weights.feature() > 0) {
                Discriminator.Verdict real = discriminator.forward(original);
                losses.put("feature", FeatureMatchingLoss.forward(fake.features(), real.features()));
            }
        }
        return losses;
    }

    /** Forward and backward of the discriminator. */
    private void discriminate(Tensor original, Tensor decoded, Map<String, Tensor> unread) {
        try (Scope scope = Scope.open();
                Tape tape = Tape.open()) {
            tape.watch(Objects.requireNonNull(state.discriminator).stateDict().parameters());
            Discriminator discriminator = Objects.requireNonNull(state.discriminator);
            Tensor loss = HingeLoss.discriminator(
                    discriminator.forward(original).logits(),
                    discriminator.forward(decoded).logits());
            add(unread, scope, "discriminator", loss);
            tape.backward(loss.div(config.data().accumulation()));
        }
    }

    /** Clips and steps; a gradient that is not finite is dropped instead, and the parameters stay as they are. */
    private boolean update(
            Optimizer optimizer,
            Collection<Parameter> parameters,
            double clipNorm,
            String prefix,
            Map<String, Tensor> unread,
            Map<String, Double> values) {
        Tensor norm = GradientNorm.of(parameters);
        unread.put(prefix + "grad_norm", norm);
        read(unread, values);
        boolean finite = values.values().stream().allMatch(Double::isFinite);
        if (finite) {
            if (clipNorm > 0) {
                optimizer.step(schedule, state.counters.step(), GradientNorm.clipScale(norm, clipNorm));
            } else {
                optimizer.step(schedule, state.counters.step());
            }
        }
        optimizer.clearGradients();
        return finite;
    }

    /** Values of micro-batches are averaged; they live as long as the step, not the scope of the micro-batch. */
    private void add(Map<String, Tensor> unread, Scope scope, String name, Tensor value) {
        Tensor before = unread.get(name);
        unread.put(name, scope.keep(Tape.withoutRecording(() -> {
            Tensor share = value.cast(DType.F64).div(config.data().accumulation());
            return before == null ? share : before.add(share);
        })));
    }

    /** The host waits for the device here, once for all values. */
    private static void read(Map<String, Tensor> unread, Map<String, Double> values) {
        double[] numbers =
                Tensor.stack(0, unread.values().toArray(Tensor[]::new)).toDoubles();
        int next = 0;
        for (String name : unread.keySet()) {
            values.put(name, numbers[next++]);
        }
        unread.clear();
    }

    @Override
    public void close() {
        melLoss.close();
        stftLoss.close();
    }
}
