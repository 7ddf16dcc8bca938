package org.openmoshi.tensor.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.openmoshi.tensor.cpu.Parallel;

class Conv2dKernelTest {
    // B Cin H W Cout KH KW strideH strideW dilationH dilationW padH padW groups
    static final String[] SHAPES = {
        "1 1 1 1 1 1 1 1 1 1 1 0 0 1",
        "2 2 5 40 7 3 9 1 1 1 1 1 4 1",
        "1 3 9 65 5 3 9 1 2 1 1 1 4 1",
        "1 4 11 33 6 3 9 1 2 2 1 2 4 1",
        "2 4 13 20 4 3 9 1 2 4 1 4 4 2",
        "1 32 6 17 32 3 3 1 1 1 1 1 1 1",
        "2 9 7 130 1 3 3 1 1 1 1 1 1 1",
        "1 2 8 23 3 2 4 2 3 1 1 0 1 1",
        "1 2 9 31 3 3 3 2 2 1 2 1 2 1",
        "1 2 9 31 3 3 4 3 2 2 3 3 3 1",
        "2 6 4 12 6 3 3 1 1 1 1 1 1 6",
        "1 4 3 101 8 1 1 1 1 1 1 0 0 4",
        "1 3 2 5 2 5 7 1 1 1 1 2 3 1",
        "1 1 20 3 2 3 3 1 4 1 1 0 1 1",
        "2 3 6 4 10 3 3 1 1 1 1 1 1 1",
    };

    private final int threadsBefore = Parallel.threads();

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(threadsBefore);
    }

    private interface Term {
        void accept(int y, int w, int x);
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void allThreeKernelsMatchTheDefinition(String text) {
        Conv2dShape s = parse(text);
        Random random = new Random(text.hashCode());
        Guarded x = Guarded.random(xSize(s), random);
        Guarded w = Guarded.random(wSize(s), random);
        Guarded gy = Guarded.random(ySize(s), random);
        Guarded bias = Guarded.random((int) s.outChannels(), random);
        double[][] expected = {new double[gy.length], new double[x.length], new double[w.length]};
        double[][] magnitude = {new double[gy.length], new double[x.length], new double[w.length]};
        int plane = s.outHeight() * s.outWidth();
        for (int i = 0; i < gy.length; i++) {
            expected[0][i] = bias.get(i / plane % s.outChannels());
            magnitude[0][i] = 1;
        }
        forEachTerm(s, (yi, wi, xi) -> {
            add(expected[0], magnitude[0], yi, (double) w.get(wi) * x.get(xi));
            add(expected[1], magnitude[1], xi, (double) w.get(wi) * gy.get(yi));
            add(expected[2], magnitude[2], wi, (double) x.get(xi) * gy.get(yi));
        });
        Guarded y = Guarded.unset(gy.length);
        Conv2dKernel.forward(
                s, x.segment, x.offset(), w.segment, w.offset(), bias.segment, bias.offset(), y.segment, y.offset());
        y.assertClose("conv2d " + text, expected[0], magnitude[0]);
        Guarded gx = Guarded.unset(x.length);
        Conv2dGradInputKernel.run(s, gy.segment, gy.offset(), w.segment, w.offset(), null, 0, gx.segment, gx.offset());
        gx.assertClose("conv2d input gradient " + text, expected[1], magnitude[1]);
        Guarded gw = Guarded.unset(w.length);
        Conv2dGradWeightKernel.run(s, gy.segment, gy.offset(), x.segment, x.offset(), gw.segment, gw.offset());
        gw.assertClose("conv2d weight gradient " + text, expected[2], magnitude[2]);
    }

    @Test
    void bitsDependNeitherOnThreadsNorOnTheRun() {
        Conv2dShape s = parse("2 4 70 129 8 3 9 1 2 2 1 2 4 1");
        Random random = new Random(4);
        Guarded x = Guarded.random(xSize(s), random);
        Guarded w = Guarded.random(wSize(s), random);
        Guarded gy = Guarded.random(ySize(s), random);
        float[][] first = null;
        for (int threads : new int[] {1, 2, 2}) {
            Parallel.setThreads(threads);
            Guarded y = Guarded.unset(gy.length);
            Guarded gx = Guarded.unset(x.length);
            Guarded gw = Guarded.unset(w.length);
            Conv2dKernel.forward(s, x.segment, x.offset(), w.segment, w.offset(), null, 0, y.segment, y.offset());
            Conv2dGradInputKernel.run(
                    s, gy.segment, gy.offset(), w.segment, w.offset(), null, 0, gx.segment, gx.offset());
            Conv2dGradWeightKernel.run(s, gy.segment, gy.offset(), x.segment, x.offset(), gw.segment, gw.offset());
            float[][] all = {y.toArray(), gx.toArray(), gw.toArray()};
            if (first == null) {
                first = all;
            }
            assertThat(all).isDeepEqualTo(first);
        }
    }

    private static void add(double[] sums, double[] sizes, int at, double term) {
        sums[at] += term;
        sizes[at] += Math.abs(term);
    }

    private static void forEachTerm(Conv2dShape s, Term term) {
        int groupIn = (int) s.groupIn();
        for (int b = 0; b < s.batch(); b++) {
            for (int co = 0; co < s.outChannels(); co++) {
                for (int oy = 0; oy < s.outHeight(); oy++) {
                    for (int ox = 0; ox < s.outWidth(); ox++) {
                        int y = (int) (((b * s.outChannels() + co) * s.outHeight() + oy) * s.outWidth() + ox);
                        for (int w = 0; w < groupIn * s.kernelHeight() * s.kernelWidth(); w++) {
                            int kx = w % s.kernelWidth();
                            int ky = w / s.kernelWidth() % s.kernelHeight();
                            long ci = w / s.kernelWidth() / s.kernelHeight() + co / s.groupOut() * groupIn;
                            int iy = oy * s.strideHeight() + ky * s.dilationHeight() - s.padHeight();
                            int ix = ox * s.strideWidth() + kx * s.dilationWidth() - s.padWidth();
                            if (iy >= 0 && iy < s.inHeight() && ix >= 0 && ix < s.inWidth()) {
                                int x = (int) (((b * s.inChannels() + ci) * s.inHeight() + iy) * s.inWidth() + ix);
                                term.accept(y, co * groupIn * s.kernelHeight() * s.kernelWidth() + w, x);
                            }
                        }
                    }
                }
            }
        }
    }

    private static int xSize(Conv2dShape s) {
        return (int) (s.batch() * s.inChannels() * s.inHeight() * s.inWidth());
    }

    private static int ySize(Conv2dShape s) {
        return (int) (s.batch() * s.outChannels() * s.outHeight() * s.outWidth());
    }

    private static int wSize(Conv2dShape s) {
        return (int) (s.outChannels() * s.groupIn() * s.kernelHeight() * s.kernelWidth());
    }

    private static Conv2dShape parse(String text) {
        String[] part = text.split(" ");
        int[] v = new int[part.length];
        for (int i = 0; i < v.length; i++) {
            v[i] = Integer.parseInt(part[i]);
        }
        int height = (v[2] + 2 * v[11] - v[9] * (v[5] - 1) - 1) / v[7] + 1;
        int width = (v[3] + 2 * v[12] - v[10] * (v[6] - 1) - 1) / v[8] + 1;
        return new Conv2dShape(
                v[0], v[1], v[2], v[3], v[4], height, width, v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13]);
    }
}
