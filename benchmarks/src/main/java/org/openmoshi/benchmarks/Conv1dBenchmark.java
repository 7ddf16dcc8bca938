package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Convolutions: a wide one, and the layers of Mimi's encoder for two seconds of audio. */
public class Conv1dBenchmark extends Timing {
    @State(Thread)
    public static class Layer {
        @Param({
            "512->512 k7 s1 T1006",
            "1->64 k7 s1 T48006",
            "64->32 k3 s1 T48002",
            "32->64 k1 s1 T48000",
            "64->128 k8 s4 T48004",
            "128->256 k10 s5 T12005",
            "256->512 k12 s6 T2406",
            "512->1024 k16 s8 T408",
        })
        String notation;
    }

    @State(Thread)
    public static class Ours extends OursState {
        private Conv1d conv;
        private Tensor x;
        private Tensor w;
        private Tensor b;

        @Setup
        public void open(Layer layer) {
            ConvShape shape = ConvShape.parse(layer.notation);
            conv = new Conv1d(shape.stride(), 0, 0, 1, shape.groups());
            x = leaf(1, shape.in(), shape.length());
            w = leaf(shape.out(), shape.in() / shape.groups(), shape.kernelSize());
            b = leaf(shape.out());
            drawOutputGradient(1, shape.out(), shape.outputLength());
        }

        @Override
        Tensor forward() {
            return Engine.run(conv, x, w, b);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open(Layer layer) {
            ConvShape shape = ConvShape.parse(layer.notation);
            torch = TorchScript.compile("""
                    def forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        return torch.conv1d(x, w, b, [%d], [0], [1], %d)

                    def gradients(self, x: Tensor, w: Tensor, b: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(x, w, b), [x, w, b], g)
                    """.formatted(shape.stride(), shape.groups()));
            NDArray x = leaf(1, shape.in(), shape.length());
            NDArray w = leaf(shape.out(), shape.in() / shape.groups(), shape.kernelSize());
            NDArray b = leaf(shape.out());
            NDArray g = normal(1, shape.out(), shape.outputLength());
            forward = torch.call("forward", x, w, b);
            gradients = torch.call("gradients", x, w, b, g);
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
