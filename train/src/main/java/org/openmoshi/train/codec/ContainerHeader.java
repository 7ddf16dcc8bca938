package org.openmoshi.train.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * How a {@code .mimi} file begins; {@code docs/mimi-container.md} gives the bytes. Codes are frames after frames, in
 * blocks ({@link ContainerBlock}).
 *
 * @param sampleRate of the codec, Hz
 * @param frameSize samples that a frame stands for
 * @param codebooks codes per frame
 * @param codebookSize codes are below this
 * @param blockFrames frames that a block has at most
 * @param codec fingerprint of the codebooks, 16 hexadecimal digits
 */
record ContainerHeader(int sampleRate, int frameSize, int codebooks, int codebookSize, int blockFrames, String codec) {
    static final int BYTES = 40;
    static final int MAX_CODEBOOKS = 256;
    static final int MAX_CODEBOOK_SIZE = 1 << 16;
    static final int MAX_BLOCK_BYTES = 1 << 16;

    private static final int VERSION = 1;
    private static final int CHANNELS = 1;
    private static final int MAX_FRAME_SIZE = 1 << 20;
    private static final int MAX_SAMPLE_RATE = 768_000;

    /** As that of PNG: high bit, line ends and end-of-file show what a transfer as text has done to it. */
    private static final byte[] MAGIC = {(byte) 0x89, 'M', 'I', 'M', 'I', '\r', '\n', 0x1A};

    /** Checks the values. */
    ContainerHeader {
        require("sample rate", sampleRate, 1, MAX_SAMPLE_RATE);
        require("frame size", frameSize, 1, MAX_FRAME_SIZE);
        require("number of codebooks", codebooks, 1, MAX_CODEBOOKS);
        require("codebook size", codebookSize, 2, MAX_CODEBOOK_SIZE);
        int frameBits = codebooks * CodePacking.bits(codebookSize);
        int mostFrames = (MAX_BLOCK_BYTES - ContainerBlock.OVERHEAD) * Byte.SIZE / frameBits;
        require("number of frames per block", blockFrames, 1, mostFrames);
    }

    private static void require(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("its " + what + " is " + value + ", must be " + least + " to " + most);
        }
    }

    /** The header of codes that something made. */
    static ContainerHeader of(CodesOrigin origin, int blockFrames) {
        return new ContainerHeader(
                origin.sampleRate(),
                (int) Math.rint(origin.sampleRate() / origin.frameRate()),
                origin.codebooks(),
                origin.codebookSize(),
                blockFrames,
                origin.fingerprint());
    }

    /** What made the codes. */
    CodesOrigin origin() {
        return new CodesOrigin(sampleRate, frameRate(), codebooks, codebookSize, codec);
    }

    /** Frames per second. */
    double frameRate() {
        return (double) sampleRate / frameSize;
    }

    /** Bits of a code. */
    int bits() {
        return CodePacking.bits(codebookSize);
    }

    /** Whether bytes begin as a container does. */
    static boolean startsWithMagic(byte[] bytes) {
        return bytes.length >= MAGIC.length && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC)
                .put((byte) VERSION)
                .put((byte) CHANNELS)
                .putShort((short) codebooks)
                .putInt(codebookSize)
                .putInt(sampleRate)
                .putInt(frameSize)
                .putShort((short) blockFrames)
                .putShort((short) 0)
                .putLong(Long.parseUnsignedLong(codec, 16));
        return bytes.putInt(checksum(bytes.array(), 0, bytes.position())).array();
    }

    /**
     * Reads a header of {@link #BYTES} bytes, the magic included.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static ContainerHeader parse(byte[] array) {
        ByteBuffer bytes = ByteBuffer.wrap(array, 0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int version = bytes.get(8) & 0xFF;
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "it is of version " + version + ", only " + VERSION + " is known to this program");
        }
        int end = BYTES - Integer.BYTES;
        if (bytes.getInt(end) != checksum(array, 0, end)) {
            throw new IllegalArgumentException("its header is damaged");
        }
        if (bytes.get(9) != CHANNELS || bytes.getShort(26) != 0) {
            throw new IllegalArgumentException("its header asks for what this program does not know");
        }
        return new ContainerHeader(
                bytes.getInt(16),
                bytes.getInt(20),
                bytes.getShort(10) & 0xFFFF,
                bytes.getInt(12),
                bytes.getShort(24) & 0xFFFF,
                String.format(Locale.ROOT, "%016x", bytes.getLong(28)));
    }

    /** CRC-32C (Castagnoli), as everywhere in the container. */
    static int checksum(byte[] bytes, int offset, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, count);
        return (int) crc.getValue();
    }
}
