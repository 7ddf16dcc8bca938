package org.openmoshi.train.codec;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@code .mimi} container block by block, without waiting for more than the next block. Damaged bytes are
 * skipped up to the next whole block and remembered; nothing in the input makes it fail once the header is read.
 */
public final class ContainerReader {
    /** A block that would leave out more than this does not belong here. */
    private static final double MAX_GAP_SECONDS = 60;

    private final InputStream in;
    private final ContainerHeader header;
    private final long maxGap;
    private final byte[] buffer = new byte[2 * ContainerHeader.MAX_BLOCK_BYTES];
    private int at;
    private int end;
    private long next; // frame that comes next
    private long skipped; // bytes
    private long lost; // frames that blocks before others show to be missing
    private long length = -1;
    private boolean ended;
    private @Nullable ContainerBlock block; // whose frames nextFrame gives
    private long frame; // that nextFrame gives next
    private int @Nullable [] codes; // that nextFrame gave

    /**
     * Reads the header.
     *
     * @param name what messages call the input
     * @throws CodesException when it does not begin as a container does
     */
    public ContainerReader(InputStream in, String name) throws IOException {
        this.in = in;
        byte[] start = in.readNBytes(ContainerHeader.BYTES);
        if (start.length == 0) {
            throw new CodesException(name + " is empty");
        }
        if (!ContainerHeader.startsWithMagic(start)) {
            throw new CodesException(name + " holds no codes: it does not begin as a .mimi file does");
        }
        if (start.length < ContainerHeader.BYTES) {
            throw new CodesException(name + " ends within its header: encode the recording again");
        }
        try {
            header = ContainerHeader.parse(start);
        } catch (IllegalArgumentException e) {
            throw new CodesException(name + " cannot be read: " + e.getMessage(), e);
        }
        maxGap = (long) (MAX_GAP_SECONDS * header.frameRate());
    }

    ContainerHeader header() {
        return header;
    }

    /**
     * The codes of the next frame, one per codebook, or null at the end of the input. In place of a frame that is missing
     * comes the one before it again, at the start the one after it, so that what follows keeps its time.
     */
    int @Nullable [] nextFrame() throws IOException {
        while (block == null || frame == block.end()) {
            block = nextBlock();
            if (block == null) {
                return null;
            }
        }
        if (frame >= block.first() || codes == null) {
            if (block.frames() == 0) {
                return null; // nothing was ever read
            }
            codes = codes(block, Math.max(frame, block.first()));
        }
        frame++;
        return codes;
    }

    private static int[] codes(ContainerBlock block, long frame) {
        int codebooks = block.codes().length / block.frames();
        int start = (int) (frame - block.first()) * codebooks;
        return Arrays.copyOfRange(block.codes(), start, start + codebooks);
    }

    /** The next whole block, or null at the end of the input. */
    @Nullable ContainerBlock nextBlock() throws IOException {
        while (length < 0 && fill(ContainerBlock.HEADER_BYTES)) {
            int bytes = ContainerBlock.bytesOf(header, buffer, at, next, next + maxGap);
            ContainerBlock found = bytes > 0 && fill(bytes) ? ContainerBlock.parse(header, buffer, at, bytes) : null;
            if (found != null) {
                at += bytes;
                lost += found.first() - next;
                next = found.end();
                length = found.length();
                return found;
            }
            at++;
            skipped++;
        }
        if (length < 0) {
            skipped += end - at;
            at = end;
        }
        ended = true;
        return null;
    }

    /** Reads on to the end of the input, where nothing should be left: what there is counts as damage. */
    void drain() throws IOException {
        while (nextBlock() != null) {
            // counts
        }
        do {
            skipped += end - at;
            at = end;
        } while (fill(1));
    }

    /** Sees to it that so many bytes are there; false when the input ends before. */
    private boolean fill(int bytes) throws IOException {
        if (buffer.length - at < bytes) {
            System.arraycopy(buffer, at, buffer, 0, end - at);
            end -= at;
            at = 0;
        }
        while (end - at < bytes) {
            int count = in.read(buffer, end, buffer.length - end);
            if (count < 0) {
                return false;
            }
            end += count;
        }
        return true;
    }

    /** Samples of the recording, as the last block gives them; up to the end of the last frame where that is missing. */
    long length() {
        return length < 0 ? next * header.frameSize() : length;
    }

    /** What is wrong with the input so far, for people; null when nothing is. */
    public @Nullable String damage() {
        StringJoiner damage = new StringJoiner(", ");
        if (skipped > 0) {
            damage.add(skipped + (skipped == 1 ? " damaged byte" : " damaged bytes"));
        }
        if (lost > 0) {
            damage.add(lost + (lost == 1 ? " frame" : " frames") + " missing (" + seconds(lost) + ")");
        }
        if (ended && length < 0) {
            damage.add("the end is missing after frame " + next + " (" + seconds(next) + ")");
        }
        return damage.length() == 0 ? null : damage.toString();
    }

    private String seconds(long frames) {
        return String.format(Locale.ROOT, "%.2f s", frames / header.frameRate());
    }
}
