package org.openmoshi.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Replaces files as a whole: the content goes to a temporary file in the same folder, is forced to the disk and renamed.
 * Whatever happens before the rename (full disk, kill), the file that was there before stays as it was.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes the content of a file. */
    @FunctionalInterface
    public interface Content {
        /** Writes to an empty file from its start. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Creates or replaces a file.
     *
     * @throws CheckpointException when it cannot be written; the temporary file is gone then
     */
    public static void write(Path target, Content content) throws CheckpointException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            throw new CheckpointException(target + " is no file name");
        }
        Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new CheckpointException(
                    target + " could not be written (" + e.getMessage() + "); what was there before is untouched. "
                            + "Check that the folder exists, may be written to and has space left",
                    e);
        } finally {
            discard(temporary);
        }
        forceFolder(folder);
    }

    /** Creates or replaces a file with the given bytes; see {@link #write(Path, Content)}. */
    public static void write(Path target, byte[] content) throws CheckpointException {
        write(target, channel -> {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** After the rename nothing is left to remove; before it, the rest of a failed attempt is. */
    private static void discard(Path temporary) throws CheckpointException {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw new CheckpointException("remove " + temporary + " by hand, it is the rest of a failed save", e);
        }
    }

    /** The rename itself survives a power cut only once the folder is on the disk. */
    private static void forceFolder(Path folder) throws CheckpointException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw new CheckpointException(folder + " could not be forced to the disk: " + e.getMessage(), e);
        }
    }
}
