package org.openmoshi.tensor;

/**
 * Element types. Arithmetic is defined on {@link #F32} and {@link #F64}. {@link #BF16} multiplies matrices, attends and
 * adds, with sums in float32 that are rounded once; everything else takes it, and {@link #F16}, as storage to cast from.
 */
public enum DType {
    /** IEEE 754 binary32. */
    F32(4),
    /** IEEE 754 binary64: reference computations and gradient checks. */
    F64(8),
    /** bfloat16: the upper half of a binary32, rounded to nearest even. */
    BF16(2),
    /** IEEE 754 binary16. */
    F16(2),
    /** Signed 32-bit integer. */
    I32(4),
    /** Signed 64-bit integer: indices, codes and tokens. */
    I64(8),
    /** One byte, 0 or 1. */
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** True for the types on which gradients exist. */
    public boolean isDifferentiable() {
        return this == F32 || this == F64 || this == BF16;
    }

    /** True for every floating-point type, storage types included. */
    public boolean isFloat() {
        return this == F32 || this == F64 || this == BF16 || this == F16;
    }

    /** True for {@link #I32} and {@link #I64}. */
    public boolean isInteger() {
        return this == I32 || this == I64;
    }

    /** Rounds a float to the nearest bfloat16 (ties to even); every NaN stays a NaN. */
    public static short toBFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40); // keep the sign, force a mantissa bit so that it cannot become Inf
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Widens a bfloat16 exactly. */
    public static float fromBFloat16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
