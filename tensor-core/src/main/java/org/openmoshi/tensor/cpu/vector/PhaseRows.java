package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Rows copied into scratch with zeros on both sides and split by the phases of a stride, so that every tap of a strided
 * convolution reads neighbouring floats: element c of phase p of a row is {@code row[c * stride + p - pad]}.
 *
 * @param data the copy: [rows, stride, pitch], then a row of zeros, then room to read a whole panel
 * @param pitch elements of one phase
 */
record PhaseRows(MemorySegment data, long rows, int stride, int pitch) {

    /** Copies {@code rows} rows of {@code width} floats; the result lives until the thread's next call. */
    static PhaseRows copy(MemorySegment x, long offset, long rows, int width, int stride, int pad) {
        int pitch = Math.ceilDiv(width + 2 * pad, stride);
        long size = rows * stride * pitch;
        int zeros = stride * pitch;
        MemorySegment data = Scratch.get(Scratch.Use.INPUT_ROWS, size + zeros + MicroKernel.NR);
        PhaseRows copy = new PhaseRows(data, rows, stride, pitch);
        int tasks = (int) Math.min(rows, size < 1 << 16 ? 1 : 8L * Parallel.threads());
        if (tasks == 1) { // called for every channel of a depthwise convolution: makes no object for the pool
            copy.fill(0, rows, x, offset, width, pad);
        } else {
            Parallel.run(
                    tasks, task -> copy.fill(rows * task / tasks, rows * (task + 1) / tasks, x, offset, width, pad));
        }
        Packing.zeroRow(data, size * 4, zeros);
        return copy;
    }

    /** Where a phase of a row begins, in elements. */
    long phase(long row, int phase) {
        return (row * stride + phase) * pitch;
    }

    /** Where a row of zeros begins, in elements. */
    long zeros() {
        return rows * stride * pitch;
    }

    private void fill(long first, long end, MemorySegment x, long offset, int width, int pad) {
        for (long row = first; row < end; row++) {
            fillRow(row, x, offset + row * width, width, pad);
        }
    }

    private void fillRow(long row, MemorySegment x, long from, int width, int pad) {
        // Elements [begin, end) of all phases lie inside the row.
        int begin = Math.min(Math.ceilDiv(pad, stride), pitch);
        int end = Math.max(begin, Math.floorDiv(width + pad, stride));
        fillClipped(row, 0, begin, x, from, width, pad);
        fillClipped(row, end, pitch, x, from, width, pad);
        long source = (from + (long) begin * stride - pad) * 4;
        long target = (phase(row, 0) + begin) * 4;
        if (stride == 1) {
            Packing.copyRow(x, source, end - begin, data, target);
        } else {
            Packing.transpose(x, source, stride * 4L, stride, end - begin, data, target, pitch * 4L);
        }
    }

    private void fillClipped(long row, int begin, int end, MemorySegment x, long from, int width, int pad) {
        for (int p = 0; p < stride; p++) {
            for (int c = begin; c < end; c++) {
                int at = c * stride + p - pad;
                float value = at >= 0 && at < width ? Lanes.getBytes(x, (from + at) * 4) : 0f;
                Lanes.setBytes(data, (phase(row, p) + c) * 4, value);
            }
        }
    }
}
