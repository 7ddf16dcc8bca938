package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Transposed convolutions of Mimi's decoder for two seconds of audio; the depthwise one for ten. */
public class ConvTranspose1dBenchmark extends Timing {
    @State(Thread)
    public static class Layer {
        @Param({
            "depthwise 512->512 k4 s2 T125",
            "1024->512 k16 s8 T50",
            "512->256 k12 s6 T400",
            "256->128 k10 s5 T2400",
            "128->64 k8 s4 T12000",
        })
        String notation;
    }

    @State(Thread)
    public static class Ours extends OursState {
        private ConvTranspose1d conv;
        private Tensor x;
        private Tensor w;
        private Tensor b;

        @Setup
        public void open(Layer layer) {
            ConvShape shape = ConvShape.parse(layer.notation);
            conv = new ConvTranspose1d(shape.stride(), 0, 0, 1, shape.groups());
            x = leaf(1, shape.in(), shape.length());
            w = leaf(shape.in(), shape.out() / shape.groups(), shape.kernelSize());
            b = leaf(shape.out());
            drawOutputGradient(1, shape.out(), shape.transposedLength());
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
                        return torch.conv_transpose1d(x, w, b, [%d], [0], [0], %d)

                    def gradients(self, x: Tensor, w: Tensor, b: Tensor, g: Tensor) -> List[Tensor]:
                        return self.backward(self.forward(x, w, b), [x, w, b], g)
                    """.formatted(shape.stride(), shape.groups()));
            NDArray x = leaf(1, shape.in(), shape.length());
            NDArray w = leaf(shape.in(), shape.out() / shape.groups(), shape.kernelSize());
            NDArray b = leaf(shape.out());
            NDArray g = normal(1, shape.out(), shape.transposedLength());
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
