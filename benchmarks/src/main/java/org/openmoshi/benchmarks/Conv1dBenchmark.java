package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

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
    public static class Ours extends ConvOurs {
        @Setup
        public void open(Layer layer) {
            open(ConvShape.parse(layer.notation, false));
        }
    }

    @State(Thread)
    public static class PyTorch extends ConvPyTorch {
        @Setup
        public void open(Layer layer) {
            open(ConvShape.parse(layer.notation, false));
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
