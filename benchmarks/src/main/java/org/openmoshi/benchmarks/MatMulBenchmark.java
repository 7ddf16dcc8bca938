package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.Tensor;

/** Product of two matrices of 1024 x 1024. */
public class MatMulBenchmark extends Timing {
    private static final int SIZE = 1024;

    @State(Thread)
    public static class Ours extends OursState {
        private Tensor a;
        private Tensor b;

        @Setup
        public void open() {
            a = normal(SIZE, SIZE);
            b = normal(SIZE, SIZE);
        }

        @Override
        Tensor forward() {
            return a.matmul(b);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            torch = TorchScript.compile("""
                    def forward(self, a: Tensor, b: Tensor) -> Tensor:
                        return torch.matmul(a, b)
                    """);
            forward = torch.call("forward", normal(SIZE, SIZE), normal(SIZE, SIZE));
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
}
