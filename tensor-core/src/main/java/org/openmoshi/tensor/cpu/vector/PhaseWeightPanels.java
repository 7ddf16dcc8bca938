package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;

/**
 * Weights of a 1-d convolution turned around for its transpose: lane = (input channel, phase), depth = (output channel,
 * step), where tap {@code step * stride + phase} belongs to the phase. Taps past the kernel count as zero.
 *
 * @param w [items * outChannels, inChannels, kernelSize]
 */
record PhaseWeightPanels(
        MemorySegment w, long offset, long outChannels, long inChannels, int kernelSize, int stride, int steps)
        implements Panels {

    @Override
    public void pack(
            long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
        long out = item * outChannels + depth0 / steps;
        int step = (int) (depth0 % steps);
        long from = offset + out * inChannels * kernelSize + (long) step * stride;
        if (kernelSize % stride != 0) {
            packUneven(from, step, depth, lane0, lanes, target, to, width * 4L);
        } else if (stride == 1 && kernelSize >= 4) {
            packTaps(from + lane0 * kernelSize, step, depth, lanes, target, to, width * 4L);
        } else {
            packPhases(from, step, depth, lane0, lanes, target, to, width * 4L);
        }
    }

    /** One phase: the taps of a channel follow each other in memory and in the depth. */
    private void packTaps(long from, int step, int depth, int lanes, MemorySegment target, long to, long rowStride) {
        for (int p = 0; p < depth; ) {
            int count = Math.min(steps - step, depth - p);
            Packing.transpose(w, from * 4, kernelSize * 4L, count, lanes, target, to + p * rowStride, rowStride);
            from += inChannels * kernelSize - step;
            p += count;
            step = 0;
        }
    }

    /** Several phases with equally many taps: the phases of a channel follow each other in memory and in the lanes. */
    private void packPhases(
            long from, int step, int depth, long lane0, int lanes, MemorySegment target, long to, long rowStride) {
        long stepStride = stride * 4L;
        long jump = (inChannels * kernelSize - (long) (steps - 1) * stride) * 4;
        for (int j = 0; j < lanes; ) {
            long channel = (lane0 + j) / stride;
            int phase = (int) ((lane0 + j) % stride);
            long source = (from + channel * kernelSize + phase) * 4;
            int run = kernelSize == 1 ? lanes - j : Math.min(stride - phase, lanes - j);
            if (run >= 4) {
                run = 4;
                Packing.copyQuads(w, source, stepStride, steps, step, jump, depth, target, to + j * 4L, rowStride);
            } else if (run >= 2 && stride >= 4) {
                run = 2;
                Packing.copyPairs(w, source, stepStride, steps, step, jump, depth, target, to + j * 4L, rowStride);
            } else {
                run = stride >= 4 ? run : lanes - j;
                gather(source, step, jump, phase, depth, run, target, to + j * 4L, rowStride);
            }
            j += run;
        }
    }

    private void gather(
            long from,
            int step,
            long jump,
            int firstPhase,
            int depth,
            int lanes,
            MemorySegment target,
            long to,
            long rowStride) {
        for (int p = 0; p < depth; p++) {
            long source = from;
            int phase = firstPhase;
            for (int j = 0; j < lanes; j++) {
                Lanes.setBytes(target, to + j * 4L, Lanes.getBytes(w, source));
                phase++;
                source += phase == stride ? (kernelSize - stride + 1) * 4L : 4L;
                phase = phase == stride ? 0 : phase;
            }
            step++;
            from += step == steps ? jump : stride * 4L;
            step = step == steps ? 0 : step;
            to += rowStride;
        }
    }

    /** Some phases have a tap less than others. */
    private void packUneven(
            long from, int step, int depth, long lane0, int lanes, MemorySegment target, long to, long rowStride) {
        for (int p = 0; p < depth; p++) {
            for (int j = 0; j < lanes; j++) {
                long channel = (lane0 + j) / stride;
                int phase = (int) ((lane0 + j) % stride);
                boolean inside = step * stride + phase < kernelSize;
                long source = (from + channel * kernelSize + phase) * 4;
                Lanes.setBytes(target, to + p * rowStride + j * 4L, inside ? Lanes.getBytes(w, source) : 0f);
            }
            step++;
            from += stride;
            if (step == steps) {
                step = 0;
                from += inChannels * kernelSize - (long) steps * stride;
            }
        }
    }
}
