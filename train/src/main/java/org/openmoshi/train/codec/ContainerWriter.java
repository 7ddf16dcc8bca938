package org.openmoshi.train.codec;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Writes a {@code .mimi} container frame by frame; a block leaves as soon as it is full. */
public final class ContainerWriter {
    private final OutputStream out;
    private final ContainerHeader header;
    private final int[] block;
    private int pending; // frames in the block
    private long written; // frames in the blocks before it

    /** Writes the header. */
    ContainerWriter(OutputStream out, ContainerHeader header) throws IOException {
        this.out = out;
        this.header = header;
        this.block = new int[header.blockFrames() * header.codebooks()];
        out.write(header.toBytes());
        out.flush();
    }

    /**
     * Appends a frame.
     *
     * @param codes one per codebook
     */
    void write(int[] codes) throws IOException {
        if (pending == header.blockFrames()) {
            writeBlock(-1);
        }
        System.arraycopy(codes, 0, block, pending * header.codebooks(), header.codebooks());
        pending++;
    }

    /** Writes the frames that wait for their block to fill up. */
    void flush() throws IOException {
        if (pending > 0) {
            writeBlock(-1);
        }
    }

    /**
     * Writes the last block.
     *
     * @param length samples of the recording; they end within the last frame
     */
    void finish(long length) throws IOException {
        writeBlock(length);
    }

    private void writeBlock(long length) throws IOException {
        int[] codes = Arrays.copyOf(block, pending * header.codebooks());
        out.write(new ContainerBlock(written, codes, pending, length).toBytes(header));
        out.flush();
        written += pending;
        pending = 0;
    }
}
