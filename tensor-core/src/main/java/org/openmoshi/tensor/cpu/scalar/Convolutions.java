package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.Shape;

/**
 * Convolutions in one and two dimensions: for every pair of planes and every tap of the kernel, one of the three
 * products out += w x, dx += w g, dw += g x over all positions that the tap connects.
 */
public final class Convolutions {
    private Convolutions() {}

    /** Cross-correlation. */
    public static void conv1d(Conv1d op, Operands t) {
        forward(ConvGeometry.of(op), t);
    }

    /** Its gradient with respect to the input. */
    public static void conv1dGradInput(Conv1dGradInput op, Operands t) {
        adjoint(ConvGeometry.of(op.conv()), t);
    }

    /** Its gradient with respect to the weight. */
    public static void conv1dGradWeight(Conv1dGradWeight op, Operands t) {
        gradWeight(ConvGeometry.of(op.conv()), t);
    }

    /** Transposed convolution. */
    public static void convTranspose1d(ConvTranspose1d op, Operands t) {
        adjoint(ConvGeometry.of(op), t);
    }

    /** Cross-correlation in two dimensions. */
    public static void conv2d(Conv2d op, Operands t) {
        forward(ConvGeometry.of(op), t);
    }

    /** Its gradient with respect to the input. */
    public static void conv2dGradInput(Conv2dGradInput op, Operands t) {
        adjoint(ConvGeometry.of(op.conv()), t);
    }

    /** Its gradient with respect to the weight. */
    public static void conv2dGradWeight(Conv2dGradWeight op, Operands t) {
        gradWeight(ConvGeometry.of(op.conv()), t);
    }

    /** Shapes as images: rank 3 gets a height of 1. */
    private static Shape image(Shape shape) {
        return shape.rank() == 4 ? shape : shape.insert(2, 1);
    }

    /** One kind of product along a row that a kernel position connects. */
    private interface Tap {
        /** For i in [0, count): output position out + i, input position in + i * step, kernel position k. */
        void apply(int out, int in, int step, int count, int k);
    }

    /** Calls the tap for every connected row of one output plane [OH, OW], input plane [H, W], kernel [KH, KW]. */
    private static void connect(ConvGeometry geometry, Shape out, Shape in, Shape kernel, Tap tap) {
        int w = in.intDim(3);
        int kw = kernel.intDim(3);
        int ow = out.intDim(3);
        for (int ky = 0; ky < kernel.dim(2); ky++) {
            for (int kx = 0; kx < kw; kx++) {
                int first = geometry.firstColumn(kx);
                int count = geometry.endColumn(kx, w, ow) - first;
                for (int oy = 0; oy < out.dim(2); oy++) {
                    int y = geometry.rowAt(oy, ky);
                    if (y >= 0 && y < in.dim(2) && count > 0) {
                        int from = y * w + geometry.columnAt(first, kx);
                        tap.apply(oy * ow + first, from, geometry.strideW(), count, ky * kw + kx);
                    }
                }
            }
        }
    }

    private static double[][] planes(Cells x, long from, int count, int size) {
        double[][] planes = new double[count][size];
        for (int c = 0; c < count; c++) {
            x.read(from + (long) c * size, planes[c]);
        }
        return planes;
    }

    // (x [B, Cin, H, W], weight [Cout, Cin/groups, KH, KW], optional bias [Cout]) -> [B, Cout, OH, OW]
    private static void forward(ConvGeometry geometry, Operands t) {
        Cells x = t.in(0);
        Cells weight = t.in(1);
        Cells out = t.out(0);
        Shape in = image(x.shape());
        Shape result = image(out.shape());
        Shape kernel = image(weight.shape());
        int perGroup = kernel.intDim(1);
        int outPerGroup = result.intDim(1) / geometry.groups();
        int plane = Math.toIntExact(in.dim(2) * in.dim(3));
        int outPlane = Math.toIntExact(result.dim(2) * result.dim(3));
        double[] taps = new double[Math.toIntExact(kernel.dim(2) * kernel.dim(3))];
        double[] sums = new double[outPlane];
        double[] bias = new double[result.intDim(1)];
        if (t.count() > 2) {
            t.in(2).read(0, bias);
        }
        for (int b = 0; b < in.dim(0); b++) {
            double[][] planes = planes(x, b * in.dim(1) * plane, in.intDim(1), plane);
            for (int o = 0; o < bias.length; o++) {
                java.util.Arrays.fill(sums, bias[o]);
                for (int i = 0; i < perGroup; i++) {
                    double[] source = planes[o / outPerGroup * perGroup + i];
                    weight.read(((long) o * perGroup + i) * taps.length, taps);
                    connect(geometry, result, in, kernel, (p, q, step, count, k) -> {
                        for (int n = 0; n < count; n++) {
                            sums[p + n] += taps[k] * source[q + n * step];
                        }
                    });
                }
                out.write((b * (long) bias.length + o) * outPlane, sums);
            }
        }
    }

    // (g [B, Cout, OH, OW], weight [Cout, Cin/groups, KH, KW], optional bias [Cin]) -> [B, Cin, H, W]
    private static void adjoint(ConvGeometry geometry, Operands t) {
        Cells g = t.in(0);
        Cells weight = t.in(1);
        Cells out = t.out(0);
        Shape from = image(g.shape());
        Shape result = image(out.shape());
        Shape kernel = image(weight.shape());
        int perGroup = kernel.intDim(1);
        int fromPerGroup = from.intDim(1) / geometry.groups();
        int plane = Math.toIntExact(result.dim(2) * result.dim(3));
        int fromPlane = Math.toIntExact(from.dim(2) * from.dim(3));
        double[] taps = new double[Math.toIntExact(kernel.dim(2) * kernel.dim(3))];
        double[] sums = new double[plane];
        double[] bias = new double[result.intDim(1)];
        if (t.count() > 2) {
            t.in(2).read(0, bias);
        }
        for (int b = 0; b < from.dim(0); b++) {
            double[][] planes = planes(g, b * from.dim(1) * fromPlane, from.intDim(1), fromPlane);
            for (int c = 0; c < bias.length; c++) {
                java.util.Arrays.fill(sums, bias[c]);
                int group = c / perGroup;
                for (int o = group * fromPerGroup; o < (group + 1) * fromPerGroup; o++) {
                    double[] source = planes[o];
                    weight.read(((long) o * perGroup + c % perGroup) * taps.length, taps);
                    connect(geometry, from, result, kernel, (p, q, step, count, k) -> {
                        for (int n = 0; n < count; n++) {
                            sums[q + n * step] += taps[k] * source[p + n];
                        }
                    });
                }
                out.write((b * (long) bias.length + c) * plane, sums);
            }
        }
    }

    // (g [B, Cout, OH, OW], x [B, Cin, H, W]) -> [Cout, Cin/groups, KH, KW]
    private static void gradWeight(ConvGeometry geometry, Operands t) {
        Cells g = t.in(0);
        Cells x = t.in(1);
        Cells out = t.out(0);
        Shape from = image(g.shape());
        Shape in = image(x.shape());
        Shape kernel = image(out.shape());
        int perGroup = kernel.intDim(1);
        int fromPerGroup = from.intDim(1) / geometry.groups();
        int plane = Math.toIntExact(in.dim(2) * in.dim(3));
        int fromPlane = Math.toIntExact(from.dim(2) * from.dim(3));
        int taps = Math.toIntExact(kernel.dim(2) * kernel.dim(3));
        double[][][] sums = new double[from.intDim(1)][perGroup][taps];
        for (int b = 0; b < in.dim(0); b++) {
            double[][] gradients = planes(g, b * from.dim(1) * fromPlane, from.intDim(1), fromPlane);
            double[][] inputs = planes(x, b * in.dim(1) * plane, in.intDim(1), plane);
            for (int o = 0; o < gradients.length; o++) {
                double[] gradient = gradients[o];
                for (int i = 0; i < perGroup; i++) {
                    double[] input = inputs[o / fromPerGroup * perGroup + i];
                    double[] sum = sums[o][i];
                    connect(geometry, from, in, kernel, (p, q, step, count, k) -> {
                        for (int n = 0; n < count; n++) {
                            sum[k] += gradient[p + n] * input[q + n * step];
                        }
                    });
                }
            }
        }
        for (int o = 0; o < sums.length; o++) {
            for (int i = 0; i < perGroup; i++) {
                out.write(((long) o * perGroup + i) * taps, sums[o][i]);
            }
        }
    }
}
