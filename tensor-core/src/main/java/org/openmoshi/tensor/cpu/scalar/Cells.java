package org.openmoshi.tensor.cpu.scalar;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;

/** A dense array of one element type in native memory, with a shape; read and written as double or as long. */
public final class Cells {
    private final MemorySegment segment;
    private final DType dtype;
    private final Shape shape;
    private final long base;

    /** Elements from {@code offset} (in elements) of a segment. */
    Cells(MemorySegment segment, DType dtype, long offset, Shape shape) {
        this.segment = segment;
        this.dtype = dtype;
        this.shape = shape;
        this.base = offset * dtype.bytes();
    }

    DType dtype() {
        return dtype;
    }

    Shape shape() {
        return shape;
    }

    long size() {
        return shape.size();
    }

    /** Size of an axis, negative ones counting from the end. */
    long dim(int axis) {
        return shape.dim(axis);
    }

    /** True where arithmetic is that of long: integers and bool. */
    boolean isIntegral() {
        return dtype.isInteger() || dtype == DType.BOOL;
    }

    double get(long i) {
        return switch (dtype) {
            case F32 -> segment.get(JAVA_FLOAT, base + 4 * i);
            case F64 -> segment.get(JAVA_DOUBLE, base + 8 * i);
            case BF16 -> DType.fromBFloat16(segment.get(JAVA_SHORT, base + 2 * i));
            case F16 -> Float.float16ToFloat(segment.get(JAVA_SHORT, base + 2 * i));
            case I32 -> segment.get(JAVA_INT, base + 4 * i);
            case I64 -> segment.get(JAVA_LONG, base + 8 * i);
            case BOOL -> segment.get(JAVA_BYTE, base + i);
        };
    }

    /** Rounds to the type; integers truncate and saturate (NaN is 0), bool is whether the value is not 0. */
    void set(long i, double value) {
        switch (dtype) {
            case F32 -> segment.set(JAVA_FLOAT, base + 4 * i, (float) value);
            case F64 -> segment.set(JAVA_DOUBLE, base + 8 * i, value);
            case BF16 -> segment.set(JAVA_SHORT, base + 2 * i, DType.toBFloat16(toOdd(value)));
            case F16 -> segment.set(JAVA_SHORT, base + 2 * i, Float.floatToFloat16(toOdd(value)));
            case I32 -> segment.set(JAVA_INT, base + 4 * i, (int) value);
            case I64 -> segment.set(JAVA_LONG, base + 8 * i, (long) value);
            case BOOL -> segment.set(JAVA_BYTE, base + i, (byte) (value != 0 ? 1 : 0));
        }
    }

    /** The element as an integer; floats truncate and saturate. */
    long getLong(long i) {
        return switch (dtype) {
            case I64 -> segment.get(JAVA_LONG, base + 8 * i);
            case I32 -> segment.get(JAVA_INT, base + 4 * i);
            case BOOL -> segment.get(JAVA_BYTE, base + i);
            case F32, F64, BF16, F16 -> (long) get(i);
        };
    }

    /** Rounds to the type; int32 wraps, bool is whether the value is not 0. */
    void setLong(long i, long value) {
        switch (dtype) {
            case F32 -> segment.set(JAVA_FLOAT, base + 4 * i, (float) value);
            case F64 -> segment.set(JAVA_DOUBLE, base + 8 * i, (double) value);
            case BF16, F16 -> set(i, sticky(value));
            case I32 -> segment.set(JAVA_INT, base + 4 * i, (int) value);
            case I64 -> segment.set(JAVA_LONG, base + 8 * i, value);
            case BOOL -> segment.set(JAVA_BYTE, base + i, (byte) (value != 0 ? 1 : 0));
        }
    }

    /**
     * Rounds a double to a float by setting the last bit when inexact ("round to odd", Boldo and Melquiond 2008): a
     * second rounding to a 16-bit type then gives what one rounding of the double would.
     */
    private static float toOdd(double value) {
        float nearest = (float) value;
        if (nearest == value || Double.isNaN(value) || (Float.floatToRawIntBits(nearest) & 1) == 1) {
            return nearest;
        }
        return nearest < value ? Math.nextUp(nearest) : Math.nextDown(nearest);
    }

    /** A long as a double that rounds to 16-bit types as the long would: low bits beyond 53 merge into one. */
    private static double sticky(long value) {
        boolean exact = Math.abs(value) >>> 53 == 0;
        return exact ? value : (value & ~0x7ffL) | ((value & 0x7ff) == 0 ? 0 : 0x800);
    }

    /** Adds an element of another array of the same kind of arithmetic. */
    void add(long i, Cells from, long j) {
        if (isIntegral()) {
            setLong(i, getLong(i) + from.getLong(j));
        } else {
            set(i, get(i) + from.get(j));
        }
    }

    /** Copies count elements of an array of the same type, bit by bit. */
    void copy(long i, Cells from, long j, long count) {
        int bytes = dtype.bytes();
        MemorySegment.copy(from.segment, from.base + j * bytes, segment, base + i * bytes, count * bytes);
    }

    /** Copies one element of an array of the same type, bit by bit. */
    void copy(long i, Cells from, long j) {
        switch (dtype.bytes()) {
            case 1 -> segment.set(JAVA_BYTE, base + i, from.segment.get(JAVA_BYTE, from.base + j));
            case 2 -> segment.set(JAVA_SHORT, base + 2 * i, from.segment.get(JAVA_SHORT, from.base + 2 * j));
            case 4 -> segment.set(JAVA_INT, base + 4 * i, from.segment.get(JAVA_INT, from.base + 4 * j));
            default -> segment.set(JAVA_LONG, base + 8 * i, from.segment.get(JAVA_LONG, from.base + 8 * j));
        }
    }

    /** Converts one element of an array of any type. */
    void convert(long i, Cells from, long j) {
        if (dtype == from.dtype) {
            copy(i, from, j);
        } else if (from.isIntegral()) {
            setLong(i, from.getLong(j));
        } else {
            set(i, from.get(j));
        }
    }

    /** Sets every element to zero. */
    void clear() {
        segment.asSlice(base, size() * dtype.bytes()).fill((byte) 0);
    }

    /** Elements from {@code at} into the array. */
    double[] read(long at, double[] into) {
        for (int i = 0; i < into.length; i++) {
            into[i] = get(at + i);
        }
        return into;
    }

    /** Writes the array from {@code at}. */
    void write(long at, double[] values) {
        for (int i = 0; i < values.length; i++) {
            set(at + i, values[i]);
        }
    }
}
