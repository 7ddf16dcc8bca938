package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

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
    public static class Ours extends ConvOurs {
        @Setup
        public void open(Layer layer) {
            open(ConvShape.parse(layer.notation, true));
        }
    }

    @State(Thread)
    public static class PyTorch extends ConvPyTorch {
        @Setup
        public void open(Layer layer) {
            open(ConvShape.parse(layer.notation, true));
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
