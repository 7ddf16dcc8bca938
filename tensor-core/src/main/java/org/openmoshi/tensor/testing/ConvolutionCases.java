package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;

/** Convolutions with every stride, padding, dilation and grouping that the models use, and odd ones beside. */
final class ConvolutionCases {
    private ConvolutionCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        conv1d(cases, new Conv1d(1, 2, 0, 1, 1), 2, 3, 9, 4, 3);
        conv1d(cases, new Conv1d(2, 0, 0, 1, 1), 1, 2, 11, 3, 4);
        conv1d(cases, new Conv1d(4, 4, 3, 1, 1), 2, 2, 13, 3, 8);
        conv1d(cases, new Conv1d(1, 4, 4, 2, 1), 1, 2, 8, 2, 5);
        conv1d(cases, new Conv1d(1, 0, 0, 1, 1), 1, 3, 1, 2, 1);
        conv1d(cases, new Conv1d(2, 1, 2, 1, 4), 2, 4, 7, 4, 3);
        conv1d(cases, new Conv1d(3, 5, 7, 2, 2), 1, 4, 6, 6, 3);
        conv1d(cases, new Conv1d(1, 3, 3, 1, 1), 1, 1, 1, 1, 7);
        conv1d(cases, new Conv1d(1, 6, 0, 1, 1), 0, 2, 5, 3, 7);
        large1d(cases, new Conv1d(1, 6, 0, 1, 1), 2, 33, 70, 19, 7);
        large1d(cases, new Conv1d(4, 4, 0, 1, 1), 1, 16, 130, 32, 8);
        large1d(cases, new Conv1d(1, 2, 0, 1, 37), 2, 37, 67, 37, 3);
        large1d(cases, new Conv1d(1, 0, 0, 1, 1), 1, 65, 50, 66, 1);
        // long sums, which backends may split: of the weight's gradient, and over channels
        large1d(cases, new Conv1d(1, 2, 2, 1, 1), 2, 9, 601, 10, 5);
        large1d(cases, new Conv1d(2, 1, 0, 1, 1), 1, 400, 9, 300, 4);
        large1d(cases, new Conv1d(4, 3, 2, 6, 2), 2, 20, 75, 18, 5);
        OpInput x = of(3, 2, 9).with(Layout.PERMUTED);
        cases.add(OpCase.of(new Conv1d(2, 1, 1, 1, 1), x, of(4, 2, 3).with(Layout.PERMUTED), of(4)));
        cases.add(OpCase.of(
                new Conv1d(1, 1, 1, 1, 1),
                of(2, 3, 5).with(Layout.SLICED),
                of(4, 3, 3).with(Layout.EXPANDED)));

        transpose1d(cases, new ConvTranspose1d(2, 0, 2, 1, 1), 2, 3, 5, 2, 4);
        transpose1d(cases, new ConvTranspose1d(4, 1, 3, 1, 1), 1, 2, 4, 3, 8);
        transpose1d(cases, new ConvTranspose1d(2, 0, 2, 1, 4), 2, 4, 5, 1, 4);
        transpose1d(cases, new ConvTranspose1d(3, 1, 0, 2, 2), 1, 4, 3, 3, 3);
        transpose1d(cases, new ConvTranspose1d(5, 0, 0, 1, 1), 1, 2, 3, 2, 3);
        cases.add(OpCase.of(new ConvTranspose1d(4, 0, 4, 1, 1), of(1, 32, 40), of(32, 17, 8), of(17))
                .constant());
        cases.add(OpCase.of(
                new ConvTranspose1d(2, 0, 2, 1, 1),
                of(3, 2, 5).with(Layout.PERMUTED),
                of(2, 3, 4).with(Layout.SLICED)));

        conv2d(cases, new Conv2d(1, 1, 1, 1, 1, 1, 1), of(2, 2, 4, 5), of(3, 2, 3, 3));
        conv2d(cases, new Conv2d(1, 2, 1, 4, 1, 1, 1), of(1, 2, 3, 11), of(2, 2, 3, 9));
        conv2d(cases, new Conv2d(1, 2, 2, 4, 2, 1, 1), of(1, 1, 5, 8), of(2, 1, 3, 9));
        conv2d(cases, new Conv2d(3, 2, 0, 1, 2, 3, 2), of(2, 4, 7, 9), of(2, 2, 2, 3));
        conv2d(cases, new Conv2d(1, 1, 0, 0, 1, 1, 1), of(1, 2, 1, 1), of(2, 2, 1, 1));
        conv2d(cases, new Conv2d(1, 1, 1, 1, 1, 1, 3), of(1, 3, 4, 5).with(Layout.SLICED), of(3, 1, 3, 3));
        cases.add(OpCase.of(new Conv2d(1, 2, 1, 4, 1, 1, 1), of(2, 8, 9, 65), of(16, 8, 3, 9), of(16))
                .constant());
        return cases;
    }

    /** Forward with and without bias, and both gradients. */
    private static void conv1d(
            List<OpCase> cases, Conv1d op, int batch, int channels, int length, int outChannels, int kernel) {
        OpInput x = of(batch, channels, length);
        OpInput weight = of(outChannels, channels / op.groups(), kernel);
        cases.add(OpCase.of(op, x, weight));
        cases.add(OpCase.of(op, x, weight, of(outChannels)));
        OpInput g = of(batch, outChannels, outLength(op, length, kernel));
        cases.add(OpCase.of(new Conv1dGradInput(op, length), g, weight).constant());
        cases.add(OpCase.of(new Conv1dGradWeight(op, kernel), g, x).constant());
    }

    private static void large1d(
            List<OpCase> cases, Conv1d op, int batch, int channels, int length, int outChannels, int kernel) {
        List<OpCase> all = new ArrayList<>();
        conv1d(all, op, batch, channels, length, outChannels, kernel);
        all.forEach(c -> cases.add(c.constant()));
    }

    private static long outLength(Conv1d op, int length, int kernel) {
        return (length + op.padLeft() + op.padRight() - op.dilation() * (kernel - 1L) - 1) / op.stride() + 1;
    }

    private static void transpose1d(
            List<OpCase> cases, ConvTranspose1d op, int batch, int channels, int length, int outPerGroup, int kernel) {
        OpInput x = of(batch, channels, length);
        OpInput weight = of(channels, outPerGroup, kernel);
        cases.add(OpCase.of(op, x, weight));
        cases.add(OpCase.of(op, x, weight, of((long) outPerGroup * op.groups())));
    }

    private static void conv2d(List<OpCase> cases, Conv2d op, OpInput x, OpInput weight) {
        long outChannels = weight.shape().dim(0);
        cases.add(OpCase.of(op, x, weight));
        cases.add(OpCase.of(op, x, weight, of(outChannels)));
        long kh = weight.shape().dim(2);
        long kw = weight.shape().dim(3);
        long h = x.shape().dim(2);
        long w = x.shape().dim(3);
        OpInput g = of(
                x.shape().dim(0),
                outChannels,
                (h + 2L * op.padH() - op.dilationH() * (kh - 1) - 1) / op.strideH() + 1,
                (w + 2L * op.padW() - op.dilationW() * (kw - 1) - 1) / op.strideW() + 1);
        cases.add(OpCase.of(new Conv2dGradInput(op, h, w), g, weight).constant());
        cases.add(OpCase.of(new Conv2dGradWeight(op, kh, kw), g, x).constant());
    }
}
