package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.MimiStream;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * The published codec on a stream: one frame of 80 ms to codes (8 codebooks) and back, in a session that has filled its
 * attention context, with weights in float32 and in half of it. PyTorch has no row: its codec keeps the state of a stream
 * in Python.
 */
@Warmup(iterations = 20)
@Measurement(iterations = 3)
public class MimiStreamBenchmark extends Timing {
    private static final int CODEBOOKS = 8;
    private static final int CONTEXT_FRAMES = 125;

    @State(Thread)
    public static class Ours {
        @Param({"F32", "BF16"})
        public DType weights;

        Mimi mimi;
        MimiStream stream;
        Tensor frame;

        @Setup
        public void open() {
            mimi = MimiBenchmark.randomCodec(MimiConfig.preset("mimi-24khz"));
            stream = mimi.stream(1, weights);
            int samples = mimi.config().frameSize();
            frame = Tensor.of(new Operands().next(samples), 1, 1, samples);
            for (int i = 0; i < CONTEXT_FRAMES; i++) {
                step();
            }
        }

        /** Frees session and codec. */
        @TearDown
        public void close() {
            frame.close();
            stream.close();
            mimi.close();
        }

        void step() {
            try (Scope _ = Scope.open()) {
                stream.decode(stream.encode(frame, CODEBOOKS));
            }
        }
    }

    @Benchmark
    public void frameOurs(Ours ours, Blackhole blackhole) {
        ours.step();
        blackhole.consume(ours);
    }
}
