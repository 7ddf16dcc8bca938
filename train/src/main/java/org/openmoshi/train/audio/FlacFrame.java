package org.openmoshi.train.audio;

import java.nio.file.Path;
import java.util.Arrays;

/** Decodes the frames of a FLAC stream (RFC 9639, section 9) one after the other. */
final class FlacFrame {

    private static final int MAX_BLOCK_SIZE = 1 << 16;
    private static final int MAX_LPC_ORDER = 32;
    private static final int[] CRC8 = crcTable(8, 0x07);
    private static final int[] CRC16 = crcTable(16, 0x8005);

    /** Coefficients of the fixed predictors, newest sample first. */
    private static final int[][] FIXED = {{}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};

    private final Path file;
    private final byte[] data;
    private final BitReader in;
    private final int bitsPerSample;
    private final long[] coefficients = new long[MAX_LPC_ORDER];
    private long[][] samples; // [numChannels][at least blockSize]
    private int start;

    FlacFrame(Path file, byte[] data, int firstFrame, int numChannels, int bitsPerSample) {
        this.file = file;
        this.data = data;
        this.in = new BitReader(file, data, firstFrame);
        this.bitsPerSample = bitsPerSample;
        this.samples = new long[numChannels][0];
    }

    boolean atEnd() {
        return in.atEnd();
    }

    /** The samples of the frame read last: the first {@code blockSize} of each channel are valid. */
    long[][] samples() {
        return samples;
    }

    /** Decodes the next frame; returns its block size. */
    int next() throws AudioException {
        start = in.position();
        // 14 bits of sync, a reserved 0, and the blocking strategy, which does not matter to sequential reading
        if (in.unsigned(15) != 0x7FFC) {
            throw corrupt("no frame stands there");
        }
        in.unsigned(1);
        int blockSizeCode = (int) in.unsigned(4);
        int sampleRateCode = (int) in.unsigned(4);
        int channelCode = (int) in.unsigned(4);
        int depthCode = (int) in.unsigned(3);
        in.unsigned(1);
        skipCodedNumber();
        int blockSize = blockSize(blockSizeCode);
        in.unsigned(
                switch (sampleRateCode) {
                    case 12 -> 8;
                    case 13, 14 -> 16;
                    case 15 -> throw corrupt("its sample rate is invalid");
                    default -> 0;
                });
        if (crc(CRC8, 8, in.position()) != in.unsigned(8)) {
            throw corrupt("its header fails its checksum");
        }
        int depth = new int[] {bitsPerSample, 8, 12, 0, 16, 20, 24, 32}[depthCode];
        int numChannels = channelCode < 8 ? channelCode + 1 : 2;
        if (depth != bitsPerSample || numChannels != samples.length || channelCode > 10) {
            throw corrupt("it contradicts the file's header");
        }
        if (samples[0].length < blockSize) {
            samples = new long[numChannels][blockSize];
        }
        for (int c = 0; c < numChannels; c++) {
            // The channel that holds a difference has one more bit.
            boolean side = channelCode == 8 && c == 1 || channelCode == 9 && c == 0 || channelCode == 10 && c == 1;
            readSubframe(samples[c], blockSize, depth + (side ? 1 : 0));
        }
        in.alignToByte();
        if (crc(CRC16, 16, in.position()) != in.unsigned(16)) {
            throw corrupt("it fails its checksum");
        }
        undoStereo(channelCode, blockSize);
        return blockSize;
    }

    /** The frame or sample number, coded as UTF-8 extended to 7 bytes. */
    private void skipCodedNumber() throws AudioException {
        int lead = (int) in.unsigned(8);
        int length = Integer.numberOfLeadingZeros(~lead << 24);
        if (length == 1 || length > 7) {
            throw corrupt("its number is invalid");
        }
        for (int i = 1; i < length; i++) {
            in.unsigned(8);
        }
    }

    private int blockSize(int code) throws AudioException {
        int size = switch (code) {
            case 0 -> throw corrupt("its block size is invalid");
            case 1 -> 192;
            case 2, 3, 4, 5 -> 144 << code;
            case 6 -> (int) in.unsigned(8) + 1;
            case 7 -> (int) in.unsigned(16) + 1;
            default -> 1 << code;
        };
        if (size > MAX_BLOCK_SIZE) {
            throw corrupt("its block size is invalid");
        }
        return size;
    }

    private void readSubframe(long[] out, int blockSize, int depth) throws AudioException {
        if (in.unsigned(1) != 0) {
            throw corrupt("a subframe is invalid");
        }
        int type = (int) in.unsigned(6);
        int wasted = in.unsigned(1) == 0 ? 0 : in.unary() + 1;
        int bits = depth - wasted;
        if (bits < 1) {
            throw corrupt("a subframe has no bits");
        }
        if (type == 0) {
            Arrays.fill(out, 0, blockSize, in.signed(bits));
        } else if (type == 1) {
            readRaw(out, 0, blockSize, bits);
        } else if (type >= 8 && type <= 12) {
            int order = type - 8;
            requireOrder(order, blockSize);
            readRaw(out, 0, order, bits);
            for (int i = 0; i < order; i++) {
                coefficients[i] = FIXED[order][i];
            }
            readResidual(out, order, blockSize);
            predict(out, order, 0, blockSize);
        } else if (type >= 32) {
            int order = type - 31;
            requireOrder(order, blockSize);
            readRaw(out, 0, order, bits);
            int precision = (int) in.unsigned(4) + 1;
            int shift = (int) in.signed(5);
            if (precision == 16 || shift < 0) {
                throw corrupt("a predictor is invalid");
            }
            for (int i = 0; i < order; i++) {
                coefficients[i] = in.signed(precision);
            }
            readResidual(out, order, blockSize);
            predict(out, order, shift, blockSize);
        } else {
            throw corrupt("a subframe is of a reserved type");
        }
        for (int i = 0; wasted > 0 && i < blockSize; i++) {
            out[i] <<= wasted;
        }
    }

    private void requireOrder(int order, int blockSize) throws AudioException {
        if (order > blockSize) {
            throw corrupt("a predictor is longer than its block");
        }
    }

    private void readRaw(long[] out, int from, int to, int bits) throws AudioException {
        for (int i = from; i < to; i++) {
            out[i] = in.signed(bits);
        }
    }

    /** Rice-coded partitions, each with its own parameter, or with an escape to raw samples. */
    private void readResidual(long[] out, int order, int blockSize) throws AudioException {
        int method = (int) in.unsigned(2);
        if (method > 1) {
            throw corrupt("its residual coding is of a reserved kind");
        }
        int parameterBits = 4 + method;
        int escape = (1 << parameterBits) - 1;
        int partitionOrder = (int) in.unsigned(4);
        int partition = blockSize >> partitionOrder;
        if (partition << partitionOrder != blockSize || partition < order) {
            throw corrupt("its residual partitions do not fit its block");
        }
        for (int at = order, end = partition; end <= blockSize; end += partition) {
            int parameter = (int) in.unsigned(parameterBits);
            if (parameter == escape) {
                readRaw(out, at, end, (int) in.unsigned(5));
            } else {
                for (int i = at; i < end; i++) {
                    long folded = (long) in.unary() << parameter | in.unsigned(parameter);
                    out[i] = folded >>> 1 ^ -(folded & 1);
                }
            }
            at = end;
        }
    }

    private void predict(long[] out, int order, int shift, int blockSize) {
        for (int i = order; i < blockSize; i++) {
            long sum = 0;
            for (int k = 0; k < order; k++) {
                sum += coefficients[k] * out[i - 1 - k];
            }
            out[i] += sum >> shift;
        }
    }

    private void undoStereo(int channelCode, int blockSize) {
        if (channelCode < 8) {
            return;
        }
        long[] a = samples[0];
        long[] b = samples[1];
        for (int i = 0; i < blockSize; i++) {
            switch (channelCode) {
                case 8 -> b[i] = a[i] - b[i]; // left, side
                case 9 -> a[i] += b[i]; // side, right
                default -> { // mid, side: the bit that mid lost is the lowest of side
                    long mid = a[i] << 1 | b[i] & 1;
                    a[i] = mid + b[i] >> 1;
                    b[i] = mid - b[i] >> 1;
                }
            }
        }
    }

    /** Over the bytes from the frame's start to {@code end}. */
    private int crc(int[] table, int bits, int end) {
        int crc = 0;
        for (int i = start; i < end; i++) {
            crc = (crc << 8 ^ table[(crc >>> (bits - 8) ^ data[i]) & 0xFF]) & (1 << bits) - 1;
        }
        return crc;
    }

    private static int[] crcTable(int bits, int polynomial) {
        int[] table = new int[256];
        for (int i = 0; i < 256; i++) {
            int r = i << (bits - 8);
            for (int bit = 0; bit < 8; bit++) {
                r = (r >>> (bits - 1) & 1) != 0 ? r << 1 ^ polynomial : r << 1;
            }
            table[i] = r & (1 << bits) - 1;
        }
        return table;
    }

    private AudioException corrupt(String detail) {
        return AudioException.corrupt(file, "the FLAC frame at byte " + start + ": " + detail);
    }
}
