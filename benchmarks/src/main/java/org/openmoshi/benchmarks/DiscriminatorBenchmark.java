package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.models.discriminator.Discriminator;
import org.openmoshi.models.discriminator.MsStftConfig;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.loss.HingeLoss;

/** The discriminator's side of an adversarial step: two seconds of real and of fake audio, hinge loss, gradients. */
@Warmup(iterations = 8)
@Measurement(iterations = 3)
public class DiscriminatorBenchmark extends Timing {
    private static final MsStftConfig PUBLISHED = MsStftConfig.of(32, List.of(1024, 2048, 512, 256, 128));
    private static final int TWO_SECONDS = 48_000;

    @State(Thread)
    public static class Ours {
        MsStftConfig config = PUBLISHED;
        Discriminator discriminator;
        private Tensor real;
        private Tensor fake;

        @Setup
        public void open() {
            Operands operands = new Operands();
            discriminator = Discriminator.random(List.of(config), new Generator(1));
            real = Tensor.of(operands.next(TWO_SECONDS), 1, 1, TWO_SECONDS);
            fake = Tensor.of(operands.next(TWO_SECONDS), 1, 1, TWO_SECONDS);
        }

        /** Frees the discriminator. */
        @TearDown
        public void close() {
            discriminator.close();
            real.close();
            fake.close();
        }

        /** Accumulates the gradients in the parameters; returns the loss. */
        Tensor backward() {
            for (Parameter parameter : discriminator.stateDict().parameters()) {
                parameter.clearGradient();
            }
            try (Tape tape = Tape.open()) {
                tape.watch(discriminator.stateDict().parameters());
                Tensor loss = HingeLoss.discriminator(
                        discriminator.forward(real).logits(),
                        discriminator.forward(fake).logits());
                tape.backward(loss);
                return loss;
            }
        }
    }

    @State(Thread)
    public static class PyTorch {
        MsStftConfig config = PUBLISHED;
        TorchScript torch;
        NDList gradients;

        @Setup
        public void open() {
            torch = TorchScript.load("msstft.py");
            Operands operands = new Operands();
            List<NDArray> arguments = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                arguments.add(torch.copy(operands.next(TWO_SECONDS), 1, 1, TWO_SECONDS));
            }
            try (Discriminator discriminator = Discriminator.random(List.of(config), new Generator(1))) {
                Map<String, Tensor> buffers = discriminator.stateDict().buffers();
                discriminator.stateDict().tensors().forEach((name, tensor) -> {
                    NDArray array = torch.copy(tensor.toFloats(), tensor.shape().toArray());
                    array.setRequiresGradient(!buffers.containsKey(name));
                    array.setName("w." + name);
                    arguments.add(array);
                });
            }
            gradients = torch.call("gradients", arguments.toArray(new NDArray[0]));
        }

        /** Frees the discriminator. */
        @TearDown
        public void close() {
            torch.close();
        }
    }

    @Benchmark
    public void forwardBackwardOurs(Ours s, Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(s.backward());
        }
    }

    @Benchmark
    public void forwardBackwardPyTorch(PyTorch s, Blackhole blackhole) {
        try (NDList gradients = s.torch.train(s.gradients)) {
            blackhole.consume(gradients);
        }
    }
}
