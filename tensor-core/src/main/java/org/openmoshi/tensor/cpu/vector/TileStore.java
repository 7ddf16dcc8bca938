package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Brings a finished register tile to C, with what is added on the way. Addresses and strides are in bytes. */
final class TileStore {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();
    private static final int LANES = MicroKernel.LANES;
    private static final long TILE_ROW = MicroKernel.NR * 4L;

    private TileStore() {}

    /** C += tile. */
    static void add(long tile, int rows, int columns, long c, long rowStride) {
        if (columns == MicroKernel.NR) {
            addWhole(tile, rows, c, rowStride, c, rowStride);
            return;
        }
        for (int r = 0; r < rows; r++) {
            addRows(tile + r * TILE_ROW, c + r * rowStride, columns, c + r * rowStride);
        }
    }

    /** C = tile. */
    static void set(long tile, int rows, int columns, long c, long rowStride) {
        for (int r = 0; r < rows; r++) {
            addValue(tile + r * TILE_ROW, 0f, columns, c + r * rowStride);
        }
    }

    /** C = tile + bias, where row r takes element {@code from + r} of the bias. */
    static void setWithRowBias(
            long tile, int rows, int columns, MemorySegment bias, long from, long c, long rowStride) {
        for (int r = 0; r < rows; r++) {
            addValue(tile + r * TILE_ROW, Lanes.get(bias, from + r), columns, c + r * rowStride);
        }
    }

    /** C = tile + bias, where column j takes element {@code from + j} of the bias. */
    static void setWithColumnBias(
            long tile, int rows, int columns, MemorySegment bias, long from, long c, long rowStride) {
        long row = Lanes.address(bias, from * 4, columns * 4L);
        for (int r = 0; r < rows; r++) {
            addRows(tile + r * TILE_ROW, row, columns, c + r * rowStride);
        }
    }

    /** c = tile + row */
    private static void addRows(long tile, long row, int columns, long c) {
        long from = tile & ADDRESSES;
        long addend = row & ADDRESSES;
        long to = c & ADDRESSES;
        int j = 0;
        for (; j + LANES <= columns; j += LANES) {
            FloatVector.fromMemorySegment(SPECIES, MEMORY, addend + j * 4L, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(SPECIES, MEMORY, from + j * 4L, LITTLE_ENDIAN))
                    .intoMemorySegment(MEMORY, to + j * 4L, LITTLE_ENDIAN);
        }
        for (; j < columns; j++) {
            float sum = MEMORY.get(Packing.FLOAT, addend + j * 4L) + MEMORY.get(Packing.FLOAT, from + j * 4L);
            MEMORY.set(Packing.FLOAT, to + j * 4L, sum);
        }
    }

    /** C = tile + addend for a whole tile; an addend stride of 0 repeats one row. */
    private static void addWhole(long tile, int rows, long addend, long addendStride, long c, long rowStride) {
        for (int r = 0; r < rows; r++) {
            long from = (tile + r * TILE_ROW) & ADDRESSES;
            long row = (addend + r * addendStride) & ADDRESSES;
            long to = (c + r * rowStride) & ADDRESSES;
            FloatVector.fromMemorySegment(SPECIES, MEMORY, row, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(SPECIES, MEMORY, from, LITTLE_ENDIAN))
                    .intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
            FloatVector.fromMemorySegment(SPECIES, MEMORY, row + VECTOR_BYTES, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(SPECIES, MEMORY, from + VECTOR_BYTES, LITTLE_ENDIAN))
                    .intoMemorySegment(MEMORY, to + VECTOR_BYTES, LITTLE_ENDIAN);
        }
    }

    /** c = tile + value */
    private static void addValue(long tile, float value, int columns, long c) {
        long from = tile & ADDRESSES;
        long to = c & ADDRESSES;
        int j = 0;
        for (; j + LANES <= columns; j += LANES) {
            FloatVector.fromMemorySegment(SPECIES, MEMORY, from + j * 4L, LITTLE_ENDIAN)
                    .add(value)
                    .intoMemorySegment(MEMORY, to + j * 4L, LITTLE_ENDIAN);
        }
        for (; j < columns; j++) {
            MEMORY.set(Packing.FLOAT, to + j * 4L, MEMORY.get(Packing.FLOAT, from + j * 4L) + value);
        }
    }
}
