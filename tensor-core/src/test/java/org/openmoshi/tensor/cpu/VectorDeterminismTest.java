package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openmoshi.tensor.Axes;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** The operations whose sums are split give the same bits on every run and for every number of threads. */
class VectorDeterminismTest {
    @Test
    void bitsDoNotDependOnRunsOrThreads() {
        int threads = Parallel.threads();
        try {
            Parallel.setThreads(1);
            List<float[]> one = everything();
            // Early runs are interpreted, later ones compiled.
            for (int run = 0; run < 20; run++) {
                Parallel.setThreads(run % 3 + 1);
                List<float[]> again = everything();
                for (int i = 0; i < one.size(); i++) {
                    assertThat(again.get(i)).as("output %d, run %d", i, run).isEqualTo(one.get(i));
                }
            }
        } finally {
            Parallel.setThreads(threads);
        }
    }

    private static List<float[]> everything() {
        AgainstReference data = new AgainstReference(5);
        List<float[]> results = new ArrayList<>();
        try (Scope _ = Scope.open()) {
            Tensor x = data.random(300, 257);
            Tensor g = data.random(300, 257);
            Tensor w = data.random(257);
            for (ReduceKind kind : ReduceKind.values()) {
                run(results, new Reduce(kind, Axes.of(0), false), x);
                run(results, new Reduce(kind, Axes.of(1), false), x);
                run(results, new Reduce(kind, Axes.of(0, 1), false), x);
            }
            run(results, new Softmax(1), x);
            Tensor[] norm = run(results, new LayerNorm(1e-5), x, w, w);
            run(results, new LayerNormGrad(), g, x, w, norm[1], norm[2]);
            Tensor q = data.random(2, 3, 90, 32);
            Tensor k = data.random(2, 3, 90, 32);
            Tensor v = data.random(2, 3, 90, 32);
            Tensor[] out = run(results, new Attention(true, 50, 0.2), q, k, v);
            run(results, new AttentionGrad(true, 50, 0.2), v, q, k, v, out[0], out[1]);
            run(results, new MatMul(), x, data.random(257, 1));
            run(results, new Linear(), x, data.random(3, 257));
            Conv1d depthwise = new Conv1d(1, 3, 0, 1, 40);
            run(results, depthwise, data.random(2, 40, 90), data.random(40, 1, 4));
            run(results, new Conv1dGradWeight(depthwise, 4), data.random(2, 40, 90), data.random(2, 40, 90));
            Conv1d conv = new Conv1d(2, 3, 0, 1, 1);
            run(results, new Conv1dGradWeight(conv, 4), data.random(2, 20, 250), data.random(2, 30, 500));
            Tensor signal = data.random(2, 5000);
            Tensor window = data.random(256);
            Tensor spectrum = run(results, new Stft(256, 64), signal, window)[0];
            run(results, new StftGrad(256, 64, 5000), spectrum, window);
        }
        return results;
    }

    private static Tensor[] run(List<float[]> results, Op op, Tensor... in) {
        Tensor[] out = Engine.runAll(op, in);
        for (Tensor t : out) {
            results.add(t.toFloats());
        }
        return out;
    }
}
