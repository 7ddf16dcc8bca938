package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.GradientNorm;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.QuantizerTraining;
import org.openmoshi.models.mimi.TrainingStep;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.loss.MultiScaleMelLoss;

/**
 * A whole optimizer step of the {@code small} codec on four windows of 13 frames: weight norm, quantizer dropout, L1 and
 * mel losses, clipping, AdamW. There is no peer; the row watches time and the Java heap that a step allocates.
 */
@Warmup(
        iterations = 100,
        time = 500,
        timeUnit = TimeUnit.MILLISECONDS) // until the last rarely called kernel is compiled
public class TrainingBenchmark extends Timing {
    private static final int BATCH = 4;
    private static final int SAMPLES = 13 * 1920;

    @State(Thread)
    public static class Ours {
        private final Generator random = new Generator(1);
        private final Schedule schedule = new Schedule.Constant(0);
        private Mimi mimi;
        private Adam optimizer;
        private MultiScaleMelLoss melLoss;
        private Tensor original;
        private long number;

        @Setup
        public void open() {
            mimi = Mimi.random(MimiConfig.preset("small").withWeightNorm(true), random);
            List<Parameter> parameters = List.copyOf(mimi.stateDict().parameters());
            optimizer = Adam.adamW(List.of(new ParameterGroup("all", parameters, 1e-3, 0)), 0.5, 0.9, 1e-8);
            melLoss = new MultiScaleMelLoss(mimi.config().sampleRate(), 6, 11);
            original = Tensor.of(new Operands().next(BATCH, 1, SAMPLES), BATCH, 1, SAMPLES);
        }

        /** Frees the model and what trains it. */
        @TearDown
        public void close() {
            optimizer.close();
            mimi.close();
            melLoss.close();
            original.close();
        }

        void step() {
            Collection<Parameter> parameters = mimi.stateDict().parameters();
            try (Scope _ = Scope.open()) {
                try (Tape tape = Tape.open()) {
                    tape.watch(parameters);
                    number++;
                    Mimi.TrainingOutput output =
                            mimi.forward(original, new TrainingStep(QuantizerTraining.PUBLISHED, number, random));
                    Tensor decoded = output.reconstruction();
                    Tensor loss = decoded.sub(original)
                            .abs()
                            .mean()
                            .mul(10)
                            .add(melLoss.forward(decoded.squeeze(1), original.squeeze(1)))
                            .add(output.commitment());
                    tape.backward(loss);
                }
                optimizer.step(schedule, number, GradientNorm.clipScale(GradientNorm.of(parameters), 1));
                optimizer.clearGradients();
            }
        }
    }

    @Benchmark
    public void stepOurs(Ours s) {
        s.step();
    }
}
