package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Replay;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * What an operation costs beside its arithmetic: many small ones after each other and one wait for all, as calls of the
 * engine and as a recorded step.
 */
public class LaunchBenchmark extends Timing {
    private static final int OPERATIONS = 200;
    private static final Shape SMALL = Shape.of(256);

    @State(Thread)
    public static class Small {
        @Param("cpu")
        private String backend;

        private Scope scope;
        private Tensor x;
        private Tensor y;
        private Replay replay;

        @Setup
        public void open() {
            Backend where = Backends.named(backend);
            scope = Scope.open();
            x = Tensor.full(where, DType.F32, 1, SMALL);
            y = Tensor.full(where, DType.F32, 2, SMALL);
            replay = where.record(this::step);
        }

        @TearDown
        public void close() {
            replay.close();
            scope.close();
        }

        void step() {
            for (int i = 0; i < OPERATIONS; i++) {
                x.add(y).close();
            }
        }

        double end() {
            return x.select(0, 0).item();
        }
    }

    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public double calls(Small small) {
        small.step();
        return small.end();
    }

    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public double recorded(Small small) {
        small.replay.run();
        return small.end();
    }
}
