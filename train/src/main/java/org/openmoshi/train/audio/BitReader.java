package org.openmoshi.train.audio;

import java.nio.file.Path;

/** Reads big-endian bit fields of a file held in memory, for {@link FlacDecoder}. */
final class BitReader {

    private final Path file;
    private final byte[] data;
    private int next; // first byte that is not in the cache
    private long cache; // the bits read ahead, left-aligned, zeros below
    private int cached; // how many

    BitReader(Path file, byte[] data, int start) {
        this.file = file;
        this.data = data;
        this.next = start;
    }

    /** Position of the byte that holds the next bit. */
    int position() {
        return next - cached / 8;
    }

    boolean atEnd() {
        return cached < 8 && next == data.length;
    }

    /** An unsigned field of 0 to 56 bits. */
    long unsigned(int bits) throws AudioException {
        if (bits == 0) {
            return 0;
        }
        if (cached < bits) {
            fill();
            if (cached < bits) {
                throw truncated();
            }
        }
        long value = cache >>> (64 - bits);
        cache <<= bits;
        cached -= bits;
        return value;
    }

    /** A two's complement field of 0 to 56 bits. */
    long signed(int bits) throws AudioException {
        int unused = 64 - bits;
        return bits == 0 ? 0 : unsigned(bits) << unused >> unused;
    }

    /** The number of 0 bits before the next 1 bit; both are consumed. */
    int unary() throws AudioException {
        int zeros = 0;
        while (true) {
            int leading = Long.numberOfLeadingZeros(cache);
            if (leading < cached) {
                cache <<= leading;
                cache <<= 1; // apart, since a shift by 64 would be none
                cached -= leading + 1;
                return zeros + leading;
            }
            zeros += cached;
            cache = 0;
            cached = 0;
            fill();
            if (cached == 0) {
                throw truncated();
            }
        }
    }

    /** Drops the rest of a byte that was begun. */
    void alignToByte() {
        int rest = cached % 8;
        cache <<= rest;
        cached -= rest;
    }

    private void fill() {
        while (cached <= 56 && next < data.length) {
            cache |= (data[next++] & 0xFFL) << (56 - cached);
            cached += 8;
        }
    }

    private AudioException truncated() {
        return AudioException.truncated(file, "it ends inside its last FLAC frame");
    }
}
