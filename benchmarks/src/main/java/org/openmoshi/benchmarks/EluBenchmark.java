package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.Tensor;

/** ELU of 64 channels over two seconds at 24 kHz, the largest activation of Mimi. */
public class EluBenchmark extends Timing {
    @State(Thread)
    public static class Ours extends OursState {
        private Tensor x;

        @Setup
        public void open() {
            x = leaf(1, 64, 48000);
            drawOutputGradient(1, 64, 48000);
        }

        @Override
        Tensor forward() {
            return x.elu();
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            torch = TorchScript.compile("""
                    def forward(self, x: Tensor) -> Tensor:
                        return torch.elu(x)

                    def gradients(self, x: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(x), [x], g)
                    """);
            NDArray x = leaf(1, 64, 48000);
            forward = torch.call("forward", x);
            gradients = torch.call("gradients", x, normal(1, 64, 48000));
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
