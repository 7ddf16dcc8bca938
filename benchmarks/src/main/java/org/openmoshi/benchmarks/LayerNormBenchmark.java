package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Layer norm over 512 channels of 1000 steps. */
public class LayerNormBenchmark extends Timing {
    @State(Thread)
    public static class Ours extends OursState {
        private Tensor x;
        private Tensor weight;
        private Tensor bias;

        @Setup
        public void open() {
            x = leaf(1000, 512);
            weight = leaf(512);
            bias = leaf(512);
            drawOutputGradient(1000, 512);
        }

        @Override
        Tensor forward() {
            return Engine.runAll(new LayerNorm(1e-5), x, weight, bias)[0];
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            torch = TorchScript.compile("""
                    def forward(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                        return torch.layer_norm(x, [512], weight, bias, 1e-5)

                    def gradients(self, x: Tensor, weight: Tensor, bias: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(x, weight, bias), [x, weight, bias], g)
                    """);
            NDArray x = leaf(1000, 512);
            NDArray weight = leaf(512);
            NDArray bias = leaf(512);
            forward = torch.call("forward", x, weight, bias);
            gradients = torch.call("gradients", x, weight, bias, normal(1000, 512));
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
