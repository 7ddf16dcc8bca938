package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Rope;

/** Rotary position embedding. */
public final class Ropes {
    private Ropes() {}

    // (x [B, H, T, D], optional position [B]) -> [B, H, T, D]
    /** Rotates the pair (2i, 2i + 1) at step t by (offset + position + t) maxPeriod^(-2i/D). */
    public static void rotate(Rope op, Operands t) {
        Cells x = t.in(0);
        Cells y = t.out(0);
        long steps = x.dim(2);
        long d = x.dim(3);
        for (long i = 0; i < x.size(); i += 2) {
            long start = t.count() > 1 ? t.in(1).getLong(i / (d * steps * x.dim(1))) : 0;
            long step = start + i / d % steps;
            double angle = (op.offset() + step) * Math.pow(op.maxPeriod(), -(double) (i % d) / d);
            double cos = Math.cos(angle);
            double sin = op.inverse() ? -Math.sin(angle) : Math.sin(angle);
            double a = x.get(i);
            double b = x.get(i + 1);
            y.set(i, a * cos - b * sin);
            y.set(i + 1, a * sin + b * cos);
        }
    }
}
