package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.Tensor;

/** One AdamW step on 25 tensors of a million parameters; PyTorch's is its fused one. */
public class AdamWBenchmark extends Timing {
    private static final int TENSORS = 25;

    @State(Thread)
    public static class Ours {
        private final Operands operands = new Operands();
        final Tensor[] parameters = new Tensor[TENSORS];
        private final Tensor[] gradients = new Tensor[TENSORS];
        private final Tensor[] firstMoments = new Tensor[TENSORS];
        private final Tensor[] secondMoments = new Tensor[TENSORS];

        @Setup
        public void open() {
            for (int i = 0; i < TENSORS; i++) {
                parameters[i] = Tensor.of(operands.next(1000, 1000), 1000, 1000);
                gradients[i] = Tensor.of(operands.next(1000, 1000), 1000, 1000);
                firstMoments[i] = parameters[i].zerosLike();
                secondMoments[i] = parameters[i].zerosLike();
            }
        }

        void step() {
            Tensor[] all = Stream.of(parameters, firstMoments, secondMoments, gradients)
                    .flatMap(Stream::of)
                    .toArray(Tensor[]::new);
            Engine.runInPlace(new AdamStep(8e-4, 0.5, 0.9, 1e-8, 0.05, true, 1), all);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            torch = TorchScript.compile("""
                    def step(self, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor],
                             t: List[Tensor]) -> Tensor:
                        no_maxima = annotate(List[Tensor], [])
                        torch._fused_adamw_(p, g, m, v, no_maxima, t, lr=8e-4, beta1=0.5, beta2=0.9,
                                            weight_decay=0.05, eps=1e-8, amsgrad=False, maximize=False)
                        return t[0]
                    """);
            NDArray[] arguments = new NDArray[5 * TENSORS];
            for (int i = 0; i < TENSORS; i++) {
                arguments[i] = named("p", normal(1000, 1000));
                arguments[TENSORS + i] = named("g", normal(1000, 1000));
                arguments[2 * TENSORS + i] = named("m", torch.manager().zeros(new Shape(1000, 1000)));
                arguments[3 * TENSORS + i] = named("v", torch.manager().zeros(new Shape(1000, 1000)));
                arguments[4 * TENSORS + i] = named("t", torch.manager().ones(new Shape()));
            }
            forward = torch.call("step", arguments);
        }

        /** An element of the list argument of that name. */
        private static NDArray named(String list, NDArray array) {
            array.setName(list + "[]");
            return array;
        }
    }

    @Benchmark
    public void stepOurs(Ours s) {
        s.step();
    }

    @Benchmark
    public void stepPyTorch(PyTorch s, Blackhole blackhole) {
        s.forward(blackhole);
    }
}
