package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.tensor.ComputeOp.NearestCode;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** The nearest of 2048 centroids of 256 dimensions for each of 1000 vectors. */
public class CodebookBenchmark extends Timing {
    @State(Thread)
    public static class Ours extends OursState {
        private Tensor x;
        private Tensor codebook;

        @Setup
        public void open() {
            x = normal(1000, 256);
            codebook = normal(2048, 256);
        }

        @Override
        Tensor forward() {
            return Engine.run(new NearestCode(), x, codebook);
        }
    }

    @State(Thread)
    public static class PyTorch extends PyTorchState {
        @Setup
        public void open() {
            // Faster than argmin(cdist(x, codebook)), with the same result: |x| does not matter to the argmin.
            torch = TorchScript.compile("""
                    def forward(self, x: Tensor, codebook: Tensor) -> Tensor:
                        squares = torch.sum(codebook * codebook, [1])
                        return torch.argmin(torch.addmm(squares, x, torch.t(codebook), beta=1, alpha=-2), 1)
                    """);
            forward = torch.call("forward", normal(1000, 256), normal(2048, 256));
        }
    }

    @Benchmark
    public void nearestOurs(Ours s, Blackhole blackhole) {
        s.forward(blackhole);
    }

    @Benchmark
    public void nearestPyTorch(PyTorch s, Blackhole blackhole) {
        s.forward(blackhole);
    }
}
