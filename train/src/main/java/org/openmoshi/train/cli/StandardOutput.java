package org.openmoshi.train.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Standard output without a buffer; an error says what has probably happened to the reader. */
final class StandardOutput extends OutputStream {
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        try {
            out.write(bytes, offset, count);
        } catch (IOException e) {
            throw new IOException(
                    "standard output takes no more (" + e.getMessage()
                            + "): the program that reads it has ended, or the" + " disk is full",
                    e);
        }
    }
}
