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
        long rowStride = width * 4L;
        long outStride = inChannels * kernelSize;
        long out = item * outChannels + depth0 / steps;
        int step = (int) (depth0 % steps);
        for (int p = 0; p < depth; ) {
            int count = Math.min(steps - step, depth - p);
            long from = offset + out * outStride + (long) step * stride;
            for (int j = 0; j < lanes; ) {
                // Lanes of one channel are neighbours, and so are whole channels where there is one phase.
                long channel = (lane0 + j) / stride;
                int phase = (int) ((lane0 + j) % stride);
                int run = stride == 1 ? lanes : Math.min(stride - phase, lanes - j);
                long source = (from + channel * kernelSize + phase) * 4;
                long position = to + p * rowStride + j * 4L;
                if (stride == 1) {
                    Packing.transpose(w, source, kernelSize * 4L, count, run, target, position, rowStride);
                } else {
                    packPhases(source, phase, run, step, count, target, position, rowStride);
                }
                j += run;
            }
            p += count;
            step = 0;
            out++;
        }
    }

    private void packPhases(
            long source, int phase, int run, int step, int count, MemorySegment target, long to, long rowStride) {
        int whole = 0; // steps for which the whole run lies inside the kernel
        while (whole < count && (step + whole) * stride + phase + run <= kernelSize) {
            whole++;
        }
        Packing.copy(w, source, stride * 4L, whole, run, target, to, rowStride);
        for (int i = whole; i < count; i++) {
            for (int r = 0; r < run; r++) {
                boolean inside = (step + i) * stride + phase + r < kernelSize;
                float value = inside ? w.get(Packing.FLOAT, source + (i * stride + r) * 4L) : 0f;
                target.set(Packing.FLOAT, to + i * rowStride + r * 4L, value);
            }
        }
    }
}
