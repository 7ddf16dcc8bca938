package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.index;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.PackedConv1d;
import org.openmoshi.tensor.ComputeOp.RingAttention;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.RingWrite;

/** Operations of streams: rings of keys and values, convolutions with weights in panels. */
final class StreamCases {
    private StreamCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        ring(cases, 5, 1, of(2, 3, 1, 4), of(2, 3, 5, 4), 20);
        ring(cases, 5, 1, of(3, 2, 4, 7).with(Layout.PERMUTED), of(3, 2, 8, 7), 4);
        ring(cases, 3, 0.5, of(2, 1, 2, 3), of(2, 1, 9, 3).with(Layout.SLICED), 30);
        ring(cases, 1, 0.5, of(1, 1, 1, 1), of(1, 1, 1, 1), 3);
        ring(cases, 4, 0.5, of(2, 1, 0, 3), of(2, 1, 6, 3), 3);
        ring(cases, 250, 0.125, of(2, 2, 3, 64), of(2, 2, 256, 64), 2000);
        ring(cases, 90, 0.1, of(1, 2, 2, 97), of(1, 2, 96, 97), 300);
        ring(cases, 300, 0.1, of(1, 1, 20, 136), of(1, 1, 320, 136), 20);
        OpInput byColumn = of(2, 2, 256, 64).with(Layout.COLUMNS);
        ring(cases, 250, 0.125, of(2, 2, 3, 64), byColumn, 2000);
        ring(cases, 40, 0.2, of(1, 3, 17, 33), of(1, 3, 64, 33).with(Layout.COLUMNS), 70);
        ring(cases, 3000, 0.1, of(1, 1, 1, 128), of(1, 1, 3008, 128).with(Layout.COLUMNS), 9000);
        packed(cases, new PackedConv1d(5, 1, 1, 1, false), of(1, 1, 4));
        packed(cases, new PackedConv1d(64, 1, 1, 1, false), of(1, 2, 33));
        packed(cases, new PackedConv1d(33, 1, 1, 1, false), of(3, 3, 400));
        packed(cases, new PackedConv1d(40, 3, 1, 1, false), of(2, 9, 7).with(Layout.PERMUTED));
        packed(cases, new PackedConv1d(3, 3, 2, 1, true), of(1, 30, 5));
        packed(cases, new PackedConv1d(35, 7, 1, 1, false), of(1, 56, 1));
        packed(cases, new PackedConv1d(70, 3, 1, 2, true), of(1, 27, 130));
        packed(cases, new PackedConv1d(20, 4, 3, 2, false), of(2, 40, 66).with(Layout.SLICED));
        packed(cases, new PackedConv1d(130, 2, 1, 1, true), of(2, 14, 64));
        return cases;
    }

    /** With and without bias, with panels of the type and, for float32, of half of it. */
    private static void packed(List<OpCase> cases, PackedConv1d op, OpInput x) {
        long depth = x.shape().dim(2) * op.kernelSize();
        OpInput panels = of(Math.ceilDiv(op.outChannels(), 32), depth, 32);
        OpInput half = new OpInput(DType.BF16, panels.shape(), panels.values(), panels.layout(), true);
        OpInput bias = of(op.outChannels());
        cases.add(OpCase.of(op, x, panels).constant());
        cases.add(OpCase.of(op, x, panels, bias).constant());
        cases.add(OpCase.of(op, x, half, bias).constant().in(DType.F32).named("BF16"));
    }

    /** Attention over rings, and writing into one, at positions below a bound. */
    private static void ring(List<OpCase> cases, int context, double scale, OpInput q, OpInput ring, int bound) {
        OpInput position = index(bound, q.shape().dim(0));
        OpInput values = of(ring.shape().toArray());
        cases.add(OpCase.of(new RingAttention(context, scale), q, ring, values, position)
                .constant());
        cases.add(OpCase.of(new RingWrite(), ring, q, position).constant());
    }
}
