package org.openmoshi.train.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.QuantizerTraining;
import org.openmoshi.models.mimi.TrainingStep;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class DistillationHeadTest {
    private static final int CHANNELS = 6;
    private static final int WIDTH = 5;

    /** What the head computes, in plain loops. */
    private static double expected(DistillationHead head, Tensor semantic, Tensor features, float[] weights) {
        double[] matrix = head.stateDict()
                .parameter("distillation.projection.weight")
                .value()
                .toDoubles();
        double[] bias = head.stateDict()
                .parameter("distillation.projection.bias")
                .value()
                .toDoubles();
        double[] x = semantic.toDoubles();
        double[] t = features.toDoubles();
        int frames = semantic.intDim(2);
        double sum = 0;
        double count = 0;
        for (int row = 0; row < weights.length; row++) {
            int item = row / frames;
            double dot = 0;
            double student = 0;
            double teacher = 0;
            for (int i = 0; i < WIDTH; i++) {
                double y = bias[i];
                for (int c = 0; c < CHANNELS; c++) {
                    y += matrix[i * CHANNELS + c] * x[(item * CHANNELS + c) * frames + row % frames];
                }
                dot += y * t[row * WIDTH + i];
                student += y * y;
                teacher += t[row * WIDTH + i] * t[row * WIDTH + i];
            }
            sum += weights[row] * (1 - dot / Math.sqrt(student * teacher));
            count += weights[row];
        }
        return sum / count;
    }

    @Test
    void isOneMinusTheMeanCosine() {
        try (Scope _ = Scope.open();
                DistillationHead head = new DistillationHead(CHANNELS, WIDTH, new Generator(1))) {
            Generator random = new Generator(2);
            Tensor semantic = random.uniform(DType.F32, -1, 1, 2, CHANNELS, 3);
            Tensor features = random.uniform(DType.F32, -1, 1, 2, 3, WIDTH);
            float[] weights = {1, 1, 0, 1, 0, 0};
            double loss = head.loss(semantic, new Guidance.Target(features, Tensor.of(weights, 2, 3)))
                    .item();
            assertThat(loss).isCloseTo(expected(head, semantic, features, weights), within(1e-6));
        }
    }

    @Test
    void framesWithoutFeaturesGiveNoGradient() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open();
                DistillationHead head = new DistillationHead(CHANNELS, WIDTH, new Generator(1))) {
            Tensor semantic = tape.watch(new Generator(2).uniform(DType.F32, -1, 1, 1, CHANNELS, 2));
            Tensor features = Tensor.full(DType.F32, 0, 1, 2, WIDTH);
            Tensor none = Tensor.of(new float[2], 1, 2);
            tape.backward(head.loss(semantic, new Guidance.Target(features, none)));
            assertThat(Objects.requireNonNull(tape.gradient(semantic)).toFloats())
                    .containsOnly(0f);
        }
    }

    @Test
    void theFirstCodebooksInputLearnsFromIt() {
        try (Scope _ = Scope.open();
                Mimi mimi = Mimi.random(MimiConfig.preset("tiny"), new Generator(1));
                DistillationHead head =
                        new DistillationHead(mimi.config().quantizer().outputDimension(), WIDTH, new Generator(2))) {
            List<Parameter> parameters = List.copyOf(mimi.stateDict().parameters());
            Tensor wav = new Generator(3)
                    .uniform(DType.F32, -0.5, 0.5, 1, 1, 4L * mimi.config().frameSize());
            Tensor features = new Generator(4).uniform(DType.F32, -1, 1, 1, 4, WIDTH);
            Tensor weights = Tensor.of(new float[] {1, 1, 1, 1}, 1, 4);
            try (Tape tape = Tape.open()) {
                tape.watch(parameters);
                TrainingStep step = new TrainingStep(QuantizerTraining.PUBLISHED, 1, new Generator(5));
                Tensor semantic = mimi.forward(wav, step).semantic();
                assertThat(semantic.dim(2)).isEqualTo(4);
                tape.backward(head.loss(semantic, new Guidance.Target(features, weights)));
            }
            for (String name : List.of(
                    "encoder.model.0.conv.conv.weight",
                    "quantizer.rvq_first.input_proj.weight",
                    "quantizer.rvq_first.output_proj.weight")) {
                assertThat(mimi.stateDict().parameter(name).gradient()).as(name).isNotNull();
            }
            for (String name : List.of("quantizer.rvq_rest.input_proj.weight", "decoder.model.0.conv.conv.weight")) {
                assertThat(mimi.stateDict().parameter(name).gradient()).as(name).isNull();
            }
        }
    }

    @Test
    void aHeadLearnsATarget() {
        try (Scope _ = Scope.open();
                DistillationHead head = new DistillationHead(CHANNELS, WIDTH, new Generator(1));
                Adam adam = Adam.adamW(
                        List.of(new ParameterGroup(
                                "head", List.copyOf(head.stateDict().parameters()), 0.05, 0)),
                        0.9,
                        0.999,
                        1e-8)) {
            Tensor semantic = new Generator(2).uniform(DType.F32, -1, 1, 1, CHANNELS, 4);
            Tensor features = new Generator(3).uniform(DType.F32, -1, 1, 1, 4, WIDTH);
            Guidance.Target target = new Guidance.Target(features, Tensor.of(new float[] {1, 1, 1, 1}, 1, 4));
            double first = head.loss(semantic, target).item();
            for (int step = 0; step < 200; step++) {
                try (Scope _ = Scope.open();
                        Tape tape = Tape.open()) {
                    tape.watch(head.stateDict().parameters());
                    tape.backward(head.loss(semantic, target));
                }
                adam.step(new Schedule.Constant(0), step);
                adam.clearGradients();
            }
            assertThat(first).isGreaterThan(0.3);
            assertThat(head.loss(semantic, target).item()).isLessThan(0.02); // six channels reach any four frames
        }
    }
}
