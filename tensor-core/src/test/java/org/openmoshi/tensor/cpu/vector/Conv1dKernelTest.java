package org.openmoshi.tensor.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.openmoshi.tensor.cpu.Parallel;

class Conv1dKernelTest {
    // B Cin T Cout K stride dilation groups padLeft padRight
    static final String[] SHAPES = {
        "1 1 1 1 1 1 1 1 0 0",
        "2 3 5 4 3 1 1 1 2 0",
        "1 1 100 9 7 1 1 1 6 0",
        "2 5 97 11 3 1 2 1 4 1",
        "1 4 130 6 8 4 1 1 4 0",
        "1 3 131 6 10 5 1 1 5 3",
        "3 2 50 7 4 2 1 1 2 1",
        "1 7 200 16 12 6 1 1 6 0",
        "1 6 90 4 16 8 1 1 8 0",
        "2 6 61 8 3 1 1 2 1 1",
        "1 6 64 6 3 2 3 3 3 2",
        "1 2 300 3 3 3 2 1 0 0",
        "1 2 60 3 2 5 1 1 1 4",
        "1 64 120 1 3 1 1 1 2 0",
        "1 64 110 2 3 2 1 1 2 0",
        "2 33 70 32 1 1 1 1 0 0",
        "1 70 40 10 5 1 1 1 2 2",
        "1 2 3 2 3 1 1 1 2 2",
        "2 4 55 4 4 1 1 4 3 0",
        "2 4 55 4 4 2 1 4 2 1",
        "1 3 40 3 5 1 3 3 6 6",
        "1 3 40 6 3 1 1 3 2 0",
        "1 5 1 5 3 1 1 5 2 0",
        "2 3 9 2 9 1 1 1 0 0",
        "2 6 70 6 4 2 1 6 3 1",
        "1 4 61 4 5 2 3 4 3 2",
        "2 3 100 3 7 1 2 3 6 6",
        "1 3 4 3 3 5 1 3 0 0",
        "2 40 9 64 3 4 1 1 1 1",
        "1 40 3 65 3 1 1 1 2 0",
        "1 200 33 5 250 1 1 1 230 0",
    };

    private final int threadsBefore = Parallel.threads();

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(threadsBefore);
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void forwardMatchesTheDefinition(String text) {
        Conv1dShape shape = Conv1dReference.parse(text);
        Random random = new Random(text.hashCode());
        Guarded x = Guarded.random(Conv1dReference.xSize(shape), random);
        Guarded w = Guarded.random(Conv1dReference.wSize(shape), random);
        Guarded bias = Guarded.random((int) shape.outChannels(), random);
        for (boolean withBias : new boolean[] {false, true}) {
            Guarded y = Guarded.unset(Conv1dReference.ySize(shape));
            double[] expected = new double[y.length];
            double[] magnitude = new double[y.length];
            for (int i = 0; withBias && i < y.length; i++) {
                expected[i] = bias.get(i / shape.outLength() % shape.outChannels());
                magnitude[i] = Math.abs(expected[i]);
            }
            Conv1dReference.forEachTerm(shape, (yi, wi, xi) -> {
                double term = (double) w.get(wi) * x.get(xi);
                expected[yi] += term;
                magnitude[yi] += Math.abs(term);
            });
            Conv1dKernel.forward(
                    shape,
                    x.segment,
                    x.offset(),
                    w.segment,
                    w.offset(),
                    withBias ? bias.segment : null,
                    bias.offset(),
                    y.segment,
                    y.offset());
            y.assertClose("conv1d " + text, expected, magnitude);
        }
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void inputGradientMatchesTheDefinition(String text) {
        Conv1dShape shape = Conv1dReference.parse(text);
        Random random = new Random(text.hashCode());
        Guarded gy = Guarded.random(Conv1dReference.ySize(shape), random);
        Guarded w = Guarded.random(Conv1dReference.wSize(shape), random);
        Guarded bias = Guarded.random((int) shape.inChannels(), random);
        for (boolean withBias : new boolean[] {false, true}) {
            Guarded gx = Guarded.unset(Conv1dReference.xSize(shape));
            double[] expected = new double[gx.length];
            double[] magnitude = new double[gx.length];
            for (int i = 0; withBias && i < gx.length; i++) {
                expected[i] = bias.get(i / shape.inLength() % shape.inChannels());
                magnitude[i] = Math.abs(expected[i]);
            }
            Conv1dReference.forEachTerm(shape, (yi, wi, xi) -> {
                double term = (double) w.get(wi) * gy.get(yi);
                expected[xi] += term;
                magnitude[xi] += Math.abs(term);
            });
            Conv1dGradInputKernel.run(
                    shape,
                    gy.segment,
                    gy.offset(),
                    w.segment,
                    w.offset(),
                    withBias ? bias.segment : null,
                    bias.offset(),
                    gx.segment,
                    gx.offset());
            gx.assertClose("conv1d input gradient " + text, expected, magnitude);
        }
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void weightGradientMatchesTheDefinition(String text) {
        Conv1dShape shape = Conv1dReference.parse(text);
        checkWeightGradient(text, shape);
        checkWeightGradient(text, lengthened(shape, 4500)); // long enough for partial sums
    }

    private static void checkWeightGradient(String text, Conv1dShape shape) {
        Random random = new Random(text.hashCode());
        Guarded gy = Guarded.random(Conv1dReference.ySize(shape), random);
        Guarded x = Guarded.random(Conv1dReference.xSize(shape), random);
        Guarded gw = Guarded.unset(Conv1dReference.wSize(shape));
        double[] expected = new double[gw.length];
        double[] magnitude = new double[gw.length];
        Conv1dReference.forEachTerm(shape, (yi, wi, xi) -> {
            double term = (double) x.get(xi) * gy.get(yi);
            expected[wi] += term;
            magnitude[wi] += Math.abs(term);
        });
        Conv1dGradWeightKernel.run(shape, gy.segment, gy.offset(), x.segment, x.offset(), gw.segment, gw.offset());
        gw.assertClose("conv1d weight gradient " + text, expected, magnitude);
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void bitsDependNeitherOnThreadsNorOnTheRun(String text) {
        // Long enough to be cut into several tasks.
        Conv1dShape shape = lengthened(Conv1dReference.parse(text), 4000);
        Random random = new Random(5);
        Guarded x = Guarded.random(Conv1dReference.xSize(shape), random);
        Guarded w = Guarded.random(Conv1dReference.wSize(shape), random);
        Guarded gy = Guarded.random(Conv1dReference.ySize(shape), random);
        float[][] first = null;
        for (int threads : new int[] {1, 2, 2}) {
            Parallel.setThreads(threads);
            Guarded y = Guarded.unset(gy.length);
            Guarded gx = Guarded.unset(x.length);
            Guarded gw = Guarded.unset(w.length);
            Conv1dKernel.forward(shape, x.segment, x.offset(), w.segment, w.offset(), null, 0, y.segment, y.offset());
            Conv1dGradInputKernel.run(
                    shape, gy.segment, gy.offset(), w.segment, w.offset(), null, 0, gx.segment, gx.offset());
            Conv1dGradWeightKernel.run(shape, gy.segment, gy.offset(), x.segment, x.offset(), gw.segment, gw.offset());
            float[][] all = {y.toArray(), gx.toArray(), gw.toArray()};
            if (first == null) {
                first = all;
            }
            assertThat(all).isDeepEqualTo(first);
        }
    }

    private static Conv1dShape lengthened(Conv1dShape shape, int outputs) {
        return new Conv1dShape(
                shape.batch(),
                shape.inChannels(),
                shape.inLength() + (long) outputs * shape.stride(),
                shape.outChannels(),
                shape.outLength() + outputs,
                shape.kernelSize(),
                shape.stride(),
                shape.dilation(),
                shape.groups(),
                shape.padLeft());
    }
}
