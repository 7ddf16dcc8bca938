package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Windows of an image, one row of windows per item: depth = (channel, vertical tap, horizontal tap), lane = window.
 *
 * @param rows [image, channel, height] rows, padded and split by phases
 * @param groups images per batch entry
 * @param channels channels per image
 * @param windowRows rows of windows per image; item = (batch entry * windowRows + row of windows) * groups + group
 * @param vertical which image row a row of windows reads
 * @param tapOffsets element of a phase-split row that window 0 reads under every horizontal tap
 */
record Im2col2dPanels(
        PhaseRows rows, int groups, long channels, int height, int windowRows, Vertical vertical, int[] tapOffsets)
        implements Panels {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();

    /** Window row r under tap v reads image row {@code (r * scale + v * step + start) / divisor}, zeros if uneven. */
    record Vertical(int taps, int scale, int step, int start, int divisor) {
        /** The image row, or -1 if there is none. */
        int row(int windowRow, int tap, int height) {
            int position = windowRow * scale + tap * step + start;
            return position < 0 || position % divisor != 0 || position / divisor >= height ? -1 : position / divisor;
        }
    }

    @Override
    public int depthUnit() {
        return tapOffsets.length;
    }

    @Override
    public void pack(
            long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
        int taps = tapOffsets.length;
        int windowRow = (int) (item / groups % windowRows);
        long image = item / groups / windowRows * groups + item % groups;
        int tap = (int) (depth0 % taps);
        int verticalTap = (int) (depth0 / taps % vertical.taps());
        long channel = depth0 / taps / vertical.taps();
        for (int p = 0; p < depth; ) {
            int count = Math.min(taps - tap, depth - p);
            int row = vertical.row(windowRow, verticalTap, height);
            if (row < 0) {
                zero(count, lanes, target, to + p * (width * 4L), width);
            } else {
                long from = rows.phase((image * channels + channel) * height + row, 0) + lane0;
                copy(from, tap, count, lanes, target, to + p * (width * 4L), width);
            }
            p += count;
            tap = 0;
            verticalTap++;
            if (verticalTap == vertical.taps()) {
                verticalTap = 0;
                channel++;
            }
        }
    }

    private void copy(long from, int tap, int count, int lanes, MemorySegment target, long to, int width) {
        MemorySegment data = rows.data();
        if (lanes < MicroKernel.NR) {
            for (int i = 0; i < count; i++) {
                Packing.copyRow(data, (from + tapOffsets[tap + i]) * 4, lanes, target, to + i * (width * 4L));
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            long source = (from + tapOffsets[tap + i]) * 4;
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, data, source, LITTLE_ENDIAN);
            FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, data, source + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, data, source + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            v0.intoMemorySegment(target, to, LITTLE_ENDIAN);
            v1.intoMemorySegment(target, to + VECTOR_BYTES, LITTLE_ENDIAN);
            v2.intoMemorySegment(target, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            to += 3 * VECTOR_BYTES;
        }
    }

    private static void zero(int count, int lanes, MemorySegment target, long to, int width) {
        for (int i = 0; i < count; i++) {
            Packing.zeroRow(target, to + i * (width * 4L), lanes);
        }
    }
}
