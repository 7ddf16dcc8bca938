package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Scaled dot-product attention, 8 heads of 64 channels over 512 steps; PyTorch's is its fused one. */
public class AttentionBenchmark extends Timing {
    private static final int[] SHAPE = {1, 8, 512, 64};

    @State(Thread)
    public static class Mask {
        @Param({"full", "causal"})
        String mask;

        boolean causal() {
            return mask.equals("causal");
        }
    }

    @State(Thread)
    public static class Ours extends OursState {
        private Attention attention;
        private Tensor q;
        private Tensor k;
        private Tensor v;

        @Setup
        public void open(Mask mask) {
            attention = new Attention(mask.causal(), 0, 1 / Math.sqrt(64));
            q = leaf(SHAPE);
            k = leaf(SHAPE);
            v = leaf(SHAPE);
            drawOutputGradient(SHAPE);
        }

        @Override
        Tensor forward() {
            return Engine.run(attention, q, k, v);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open(Mask mask) {
            torch = TorchScript.compile("""
                    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                        return torch.scaled_dot_product_attention(q, k, v, None, 0., %s)

                    def gradients(self, q: Tensor, k: Tensor, v: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(q, k, v), [q, k, v], g)
                    """.formatted(mask.causal() ? "True" : "False"));
            NDArray q = leaf(1, 8, 512, 64);
            NDArray k = leaf(1, 8, 512, 64);
            NDArray v = leaf(1, 8, 512, 64);
            forward = torch.call("forward", q, k, v);
            gradients = torch.call("gradients", q, k, v, normal(1, 8, 512, 64));
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
