package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.vector.AttentionGradKernel.Operand;

/** Writes the next steps of streams into rings of any layout. */
public final class RingWriteKernel {
    private RingWriteKernel() {}

    /**
     * ring[b, h, (position[b] + t) mod slots] = x[b, h, t].
     *
     * @param ring [batch, heads, slots, d]
     * @param x [batch, heads, steps, d], elsewhere in memory
     * @param positions int64 [batch]
     */
    public static void write(
            Operand ring,
            Operand x,
            MemorySegment positions,
            long positionsOffset,
            int batch,
            int heads,
            int steps,
            int slots,
            int d) {
        long[] to = ring.strides();
        long[] from = x.strides();
        for (int item = 0; item < batch; item++) {
            long position = Lanes.getLong(positions, positionsOffset + item);
            for (int head = 0; head < heads; head++) {
                for (int t = 0; t < steps; t++) {
                    long slot = Math.floorMod(position + t, slots);
                    long target = ring.offset() + item * to[0] + head * to[1] + slot * to[2];
                    long source = x.offset() + item * from[0] + head * from[1] + t * from[2];
                    row(ring.segment(), target, to[3], x.segment(), source, from[3], d);
                }
            }
        }
    }

    private static void row(
            MemorySegment ring, long target, long step, MemorySegment x, long source, long sourceStep, int d) {
        if (step == 1 && sourceStep == 1) {
            Lanes.copy(x, source, ring, target, d);
            return;
        }
        for (int i = 0; i < d; i++) {
            Lanes.set(ring, target + i * step, Lanes.get(x, source + i * sourceStep));
        }
    }
}
