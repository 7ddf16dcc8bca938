package org.openmoshi.train.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.kernels.cl.OpenClProvider;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.MimiStream;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Replay;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

/** A frame of a stream, recorded once and then run for every frame: all of its state is on the device. */
@ExtendWith(LeakExtension.class)
class StreamReplayTest {
    private static final int FRAMES = 4;

    @Test
    void asAListOfLaunchesOnOpenCl() {
        OpenClProvider openCl = new OpenClProvider();
        assumeTrue(openCl.unavailableReason().isEmpty(), "no OpenCL: " + openCl.unavailableReason());
        recordedFramesGiveTheSameCodesAndSamples(openCl.open(0));
    }

    @Test
    void asAGraphOnEmulatedCuda() {
        EmulatedCuda.load(false);
        long graphs = EmulatedCuda.graphLaunches();
        recordedFramesGiveTheSameCodesAndSamples(Backends.named("cuda:0"));
        assertThat(EmulatedCuda.graphLaunches()).isEqualTo(graphs + FRAMES - 1);
    }

    private static void recordedFramesGiveTheSameCodesAndSamples(Backend backend) {
        Backend before = Backends.setDefault(backend);
        try (Mimi mimi = Mimi.random(MimiConfig.preset("tiny"), new Generator(3));
                MimiStream expected = mimi.stream(1);
                MimiStream stream = mimi.stream(1);
                Scope _ = Scope.open()) {
            int frameSize = mimi.config().frameSize();
            Tensor pcm = frame(backend, frameSize, 0);
            Tensor codes = stream.encode(pcm); // makes what a stream keeps, before it is recorded
            Tensor samples = stream.decode(codes);
            stream.reset();
            Runnable step = () -> {
                try (Scope _ = Scope.open()) {
                    Tensor made = stream.encode(pcm);
                    codes.copyFrom_(made);
                    samples.copyFrom_(stream.decode(made));
                }
            };
            try (Replay replay = backend.record(step)) {
                for (int i = 0; i < FRAMES; i++) {
                    if (i > 0) {
                        pcm.copyFrom_(frame(backend, frameSize, i));
                        replay.run();
                    }
                    Tensor expectedCodes = expected.encode(pcm);
                    assertThat(codes.toLongs()).as("codes of frame %d", i).isEqualTo(expectedCodes.toLongs());
                    assertThat(samples.toFloats())
                            .as("samples of frame %d", i)
                            .isEqualTo(expected.decode(expectedCodes).toFloats());
                }
            }
        } finally {
            Backends.setDefault(before);
        }
    }

    private static Tensor frame(Backend backend, int size, int number) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (0.3 * Math.sin(0.02 * i * (number + 1)));
        }
        return Tensor.of(backend, MemorySegment.ofArray(values), DType.F32, Shape.of(1, 1, size));
    }
}
