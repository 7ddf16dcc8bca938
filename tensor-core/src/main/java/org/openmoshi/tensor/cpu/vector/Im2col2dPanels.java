package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
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
        int tap = (int) (depth0 % taps);
        int verticalTap = (int) (depth0 / taps % vertical.taps());
        long channel = depth0 / taps / vertical.taps();
        for (int p = 0; p < depth; ) {
            int count = Math.min(taps - tap, depth - p);
            long from = rowStart(item, channel, verticalTap) + lane0;
            long position = to + p * (width * 4L);
            if (width == MicroKernel.NR) {
                copyTaps(rows.data(), from, tapOffsets, tap, count, target, position);
            } else {
                gatherTaps(from, tap, count, lanes, target, position, width * 4L);
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

    /** Where the image row begins that a row of windows reads, in elements; a row of zeros outside the image. */
    private long rowStart(long item, long channel, int verticalTap) {
        int row = vertical.row((int) (item / groups % windowRows), verticalTap, height);
        if (row < 0) {
            return rows.zeros();
        }
        long image = item / groups / windowRows * groups + item % groups;
        return rows.phase((image * channels + channel) * height + row, 0);
    }

    // Always a whole panel: what lies behind a short row of windows fills lanes that are never stored.
    private static void copyTaps(
            MemorySegment data, long from, int[] tapOffsets, int tap, int count, MemorySegment target, long to) {
        for (int i = 0; i < count; i++) {
            long source = (from + tapOffsets[tap + i]) * 4;
            Lanes.storeBytes(Lanes.loadBytes(data, source), target, to);
            Lanes.storeBytes(Lanes.loadBytes(data, source + VECTOR_BYTES), target, to + VECTOR_BYTES);
            to += 2 * VECTOR_BYTES;
        }
    }

    private void gatherTaps(long from, int tap, int count, int lanes, MemorySegment target, long to, long step) {
        for (int i = 0; i < count; i++) {
            long source = (from + tapOffsets[tap + i]) * 4;
            Packing.gather(rows.data(), source, 0, 4, 1, lanes, target, to + i * step, step);
        }
    }
}
