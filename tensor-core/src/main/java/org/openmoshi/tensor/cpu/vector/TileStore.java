package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Brings a finished register tile to C, with what is added on the way. Offsets and strides are in bytes. */
final class TileStore {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final int LANES = MicroKernel.LANES;
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();
    private static final long TILE_ROW = MicroKernel.NR * 4L;

    private TileStore() {}

    /** C += tile. */
    static void add(MemorySegment tile, int rows, int columns, MemorySegment c, long offset, long rowStride) {
        if (columns == MicroKernel.NR) {
            addWhole(tile, rows, c, offset, rowStride);
            return;
        }
        for (int r = 0; r < rows; r++) {
            long from = r * TILE_ROW;
            long to = offset + r * rowStride;
            int j = 0;
            for (; j + LANES <= columns; j += LANES) {
                FloatVector.fromMemorySegment(SPECIES, c, to + j * 4L, LITTLE_ENDIAN)
                        .add(FloatVector.fromMemorySegment(SPECIES, tile, from + j * 4L, LITTLE_ENDIAN))
                        .intoMemorySegment(c, to + j * 4L, LITTLE_ENDIAN);
            }
            for (; j < columns; j++) {
                c.set(
                        Packing.FLOAT,
                        to + j * 4L,
                        c.get(Packing.FLOAT, to + j * 4L) + tile.get(Packing.FLOAT, from + j * 4L));
            }
        }
    }

    private static void addWhole(MemorySegment tile, int rows, MemorySegment c, long to, long rowStride) {
        long from = 0;
        for (int r = 0; r < rows; r++) {
            FloatVector.fromMemorySegment(SPECIES, c, to, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(SPECIES, tile, from, LITTLE_ENDIAN))
                    .intoMemorySegment(c, to, LITTLE_ENDIAN);
            FloatVector.fromMemorySegment(SPECIES, c, to + VECTOR_BYTES, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(SPECIES, tile, from + VECTOR_BYTES, LITTLE_ENDIAN))
                    .intoMemorySegment(c, to + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector.fromMemorySegment(SPECIES, c, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(SPECIES, tile, from + 2 * VECTOR_BYTES, LITTLE_ENDIAN))
                    .intoMemorySegment(c, to + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
            from += TILE_ROW;
            to += rowStride;
        }
    }

    /** C = tile. */
    static void set(MemorySegment tile, int rows, int columns, MemorySegment c, long offset, long rowStride) {
        for (int r = 0; r < rows; r++) {
            store(tile, r * TILE_ROW, columns, 0f, c, offset + r * rowStride);
        }
    }

    /** C = tile + bias, where row r takes the r-th float of {@code bias} from {@code biasOffset} on. */
    static void setWithRowBias(
            MemorySegment tile,
            int rows,
            int columns,
            MemorySegment bias,
            long biasOffset,
            MemorySegment c,
            long offset,
            long rowStride) {
        for (int r = 0; r < rows; r++) {
            float value = bias.get(Packing.FLOAT, biasOffset + r * 4L);
            store(tile, r * TILE_ROW, columns, value, c, offset + r * rowStride);
        }
    }

    /** C = tile + bias, where column j takes the j-th float of {@code bias} from {@code biasOffset} on. */
    static void setWithColumnBias(
            MemorySegment tile,
            int rows,
            int columns,
            MemorySegment bias,
            long biasOffset,
            MemorySegment c,
            long offset,
            long rowStride) {
        for (int r = 0; r < rows; r++) {
            long from = r * TILE_ROW;
            long to = offset + r * rowStride;
            int j = 0;
            for (; j + LANES <= columns; j += LANES) {
                FloatVector.fromMemorySegment(SPECIES, tile, from + j * 4L, LITTLE_ENDIAN)
                        .add(FloatVector.fromMemorySegment(SPECIES, bias, biasOffset + j * 4L, LITTLE_ENDIAN))
                        .intoMemorySegment(c, to + j * 4L, LITTLE_ENDIAN);
            }
            for (; j < columns; j++) {
                float value = tile.get(Packing.FLOAT, from + j * 4L) + bias.get(Packing.FLOAT, biasOffset + j * 4L);
                c.set(Packing.FLOAT, to + j * 4L, value);
            }
        }
    }

    private static void store(MemorySegment tile, long from, int columns, float bias, MemorySegment c, long to) {
        int j = 0;
        for (; j + LANES <= columns; j += LANES) {
            FloatVector.fromMemorySegment(SPECIES, tile, from + j * 4L, LITTLE_ENDIAN)
                    .add(bias)
                    .intoMemorySegment(c, to + j * 4L, LITTLE_ENDIAN);
        }
        for (; j < columns; j++) {
            c.set(Packing.FLOAT, to + j * 4L, tile.get(Packing.FLOAT, from + j * 4L) + bias);
        }
    }
}
