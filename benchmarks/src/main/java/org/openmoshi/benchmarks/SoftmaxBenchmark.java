package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.ComputeOp.Softmax;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Softmax over the last axis of 8 x 512 x 512 scores. */
public class SoftmaxBenchmark extends Timing {
    @State(Thread)
    public static class Ours extends OursState {
        private Tensor x;

        @Setup
        public void open() {
            x = leaf(8, 512, 512);
            drawOutputGradient(8, 512, 512);
        }

        @Override
        Tensor forward() {
            return Engine.run(new Softmax(2), x);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            torch = TorchScript.compile("""
                    def forward(self, x: Tensor) -> Tensor:
                        return torch.softmax(x, -1)

                    def gradients(self, x: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(x), [x], g)
                    """);
            NDArray x = leaf(8, 512, 512);
            forward = torch.call("forward", x);
            gradients = torch.call("gradients", x, normal(8, 512, 512));
        }
    }

    @Benchmark
    public void forwardOurs(Ours s, Blackhole blackhole) {
        s.forward(blackhole);
    }

    @Benchmark
    public void forwardPyTorch(PyTorch s, Blackhole blackhole) {
        s.forward(blackhole);
    }

    @Benchmark
    public void forwardBackwardOurs(Ours s, Blackhole blackhole) {
        s.forwardBackward(blackhole);
    }

    @Benchmark
    public void forwardBackwardPyTorch(PyTorch s, Blackhole blackhole) {
        s.forwardBackward(blackhole);
    }
}
