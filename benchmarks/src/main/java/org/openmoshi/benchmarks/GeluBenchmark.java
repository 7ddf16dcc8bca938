package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.Tensor;

/** GELU (erf) of a feed-forward layer's 2048 channels over 1000 steps. */
public class GeluBenchmark extends Timing {
    @State(Thread)
    public static class Ours extends OursState {
        private Tensor x;

        @Setup
        public void open() {
            x = leaf(1000, 2048);
            drawOutputGradient(1000, 2048);
        }

        @Override
        Tensor forward() {
            return x.gelu();
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            torch = TorchScript.compile("""
                    def forward(self, x: Tensor) -> Tensor:
                        return torch.gelu(x)

                    def gradients(self, x: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(x), [x], g)
                    """);
            NDArray x = leaf(1000, 2048);
            forward = torch.call("forward", x);
            gradients = torch.call("gradients", x, normal(1000, 2048));
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
