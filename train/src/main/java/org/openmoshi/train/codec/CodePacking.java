package org.openmoshi.train.codec;

/** Codes of a few bits each, one after the other, the lowest bit of each byte and of each code first. */
final class CodePacking {
    private CodePacking() {}

    /** Bits that a code takes: 11 for a codebook of 2048. */
    static int bits(int codebookSize) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(codebookSize - 1);
    }

    /** Bytes that some codes take; the unused bits of the last one are 0. */
    static int bytes(int codes, int bits) {
        return Math.ceilDiv(Math.multiplyExact(codes, bits), Byte.SIZE);
    }

    /** Writes {@code codes} into {@code bytes}, which are 0, from {@code offset} on. */
    static void pack(int[] codes, int bits, byte[] bytes, int offset) {
        long window = 0;
        int filled = 0;
        int at = offset;
        for (int code : codes) {
            window |= (long) code << filled;
            filled += bits;
            for (; filled >= Byte.SIZE; filled -= Byte.SIZE, window >>>= Byte.SIZE) {
                bytes[at++] = (byte) window;
            }
        }
        if (filled > 0) {
            bytes[at] = (byte) window;
        }
    }

    /** Reads codes; what is left in the last byte must be 0, or -1 is returned in place of its last code. */
    static int[] unpack(byte[] bytes, int offset, int count, int bits) {
        int[] codes = new int[count];
        long window = 0;
        int filled = 0;
        int at = offset;
        int mask = (1 << bits) - 1;
        for (int i = 0; i < count; i++) {
            for (; filled < bits; filled += Byte.SIZE) {
                window |= (bytes[at++] & 0xFFL) << filled;
            }
            codes[i] = (int) window & mask;
            window >>>= bits;
            filled -= bits;
        }
        if (window != 0) {
            codes[count - 1] = -1;
        }
        return codes;
    }
}
