package org.openmoshi.train.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Some frames of codes in a row, which can be read without any other block; {@code docs/mimi-container.md} gives the
 * bytes. The last block says where the recording ends, within its last frame.
 *
 * @param first number of its first frame, counted from 0
 * @param codes [frames x codebooks], frame by frame; the last block may have none
 * @param frames how many
 * @param length samples of the whole recording in the last block, -1 in the others
 */
record ContainerBlock(long first, int[] codes, int frames, long length) {
    static final int HEADER_BYTES = 8;
    private static final int LENGTH_BYTES = 8;

    /** Bytes of the last block without its codes; the others have fewer. */
    static final int OVERHEAD = HEADER_BYTES + LENGTH_BYTES + Integer.BYTES;

    private static final byte SYNC = 'M';
    private static final byte MORE = 'b';
    private static final byte LAST = 'e';

    private static int bytes(ContainerHeader header, int frames, boolean last) {
        int codes = CodePacking.bytes(frames * header.codebooks(), header.bits());
        return OVERHEAD - (last ? 0 : LENGTH_BYTES) + codes;
    }

    boolean isLast() {
        return length >= 0;
    }

    /** The number of the frame after its last one. */
    long end() {
        return first + frames;
    }

    byte[] toBytes(ContainerHeader header) {
        byte[] array = new byte[bytes(header, frames, isLast())];
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(SYNC).put(isLast() ? LAST : MORE).putShort((short) frames).putInt((int) first);
        if (isLast()) {
            bytes.putLong(length);
        }
        CodePacking.pack(codes, header.bits(), array, bytes.position());
        int end = array.length - Integer.BYTES;
        bytes.putInt(end, ContainerHeader.checksum(array, 0, end));
        return array;
    }

    /**
     * How many bytes the block has that begins with these {@link #HEADER_BYTES}, or -1 when no block does.
     *
     * @param least the least number that its first frame may have
     * @param most the largest
     */
    static int bytesOf(ContainerHeader header, byte[] array, int offset, long least, long most) {
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        byte type = array[offset + 1];
        int frames = bytes.getShort(offset + 2) & 0xFFFF;
        long first = Integer.toUnsignedLong(bytes.getInt(offset + 4));
        boolean known = array[offset] == SYNC && (type == LAST || (type == MORE && frames > 0));
        boolean fits = known && frames <= header.blockFrames() && first >= least && first <= most;
        return fits ? bytes(header, frames, type == LAST) : -1;
    }

    /** Reads the block of {@code count} bytes, as {@link #bytesOf} gives them; null when it is damaged. */
    static @Nullable ContainerBlock parse(ContainerHeader header, byte[] array, int offset, int count) {
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        int end = offset + count - Integer.BYTES;
        if (bytes.getInt(end) != ContainerHeader.checksum(array, offset, end - offset)) {
            return null;
        }
        boolean last = array[offset + 1] == LAST;
        int frames = bytes.getShort(offset + 2) & 0xFFFF;
        long first = Integer.toUnsignedLong(bytes.getInt(offset + 4));
        int payload = offset + HEADER_BYTES + (last ? LENGTH_BYTES : 0);
        int[] codes = CodePacking.unpack(array, payload, frames * header.codebooks(), header.bits());
        for (int code : codes) {
            if (code < 0 || code >= header.codebookSize()) {
                return null;
            }
        }
        long length = last ? bytes.getLong(offset + HEADER_BYTES) : -1;
        if (last && (length < 0 || Math.ceilDiv(length, (long) header.frameSize()) != first + frames)) {
            return null;
        }
        return new ContainerBlock(first, codes, frames, length);
    }
}
