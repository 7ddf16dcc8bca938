package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
        private Tensor g;

        @Setup
        public void open(Mask mask) {
            attention = new Attention(mask.causal(), 0, 1 / Math.sqrt(64));
            q = normal(SHAPE);
            k = normal(SHAPE);
            v = normal(SHAPE);
            g = normal(SHAPE);
        }

        Tensor forward() {
            return Engine.run(attention, q, k, v);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        NDList forward;
        NDList gradients;

        @Setup
        public void open(Mask mask) {
            torch = TorchScript.compile("""
                    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                        return torch.scaled_dot_product_attention(q, k, v, None, 0., %s)

                    def gradients(self, q: Tensor, k: Tensor, v: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(q, k, v), [q, k, v], g)
                    """.formatted(mask.causal() ? "True" : "False"));
            NDArray q = torch.parameter(1, 8, 512, 64);
            NDArray k = torch.parameter(1, 8, 512, 64);
            NDArray v = torch.parameter(1, 8, 512, 64);
            forward = torch.call("forward", q, k, v);
            gradients = torch.call("gradients", q, k, v, torch.normal(1, 8, 512, 64));
        }
    }

    @Benchmark
    public void forwardOurs(Ours s, Blackhole blackhole) {
        OursState.forward(blackhole, s::forward);
    }

    @Benchmark
    public void forwardPyTorch(PyTorch s, Blackhole blackhole) {
        s.infer(blackhole, s.forward);
    }

    @Benchmark
    public void forwardBackwardOurs(Ours s, Blackhole blackhole) {
        OursState.forwardBackward(blackhole, s::forward, s.g, s.q, s.k, s.v);
    }

    @Benchmark
    public void forwardBackwardPyTorch(PyTorch s, Blackhole blackhole) {
        s.train(blackhole, s.gradients);
    }
}
