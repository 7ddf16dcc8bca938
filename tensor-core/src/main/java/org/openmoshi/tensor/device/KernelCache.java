package org.openmoshi.tensor.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Compiled kernels on disk, by the hash of their source and of the device, driver and compiler. An entry begins with the
 * hash of its contents: one that was damaged is as good as absent and is written again. The folder is
 * {@code -Dopenmoshi.kernel.cache}, otherwise {@code openmoshi/kernels} below {@code XDG_CACHE_HOME} or
 * {@code ~/.cache}. Where it has grown too large, the entries go that were not used for longest.
 */
final class KernelCache {
    private static final int HASH_BYTES = 32;
    private static final long MAX_BYTES = 512L << 20; // all kernels for a few devices are some 50 MB

    private final Path folder;
    private final long maxBytes;
    private final AtomicBoolean warned = new AtomicBoolean();

    KernelCache(Path folder) {
        this(folder, MAX_BYTES);
    }

    KernelCache(Path folder, long maxBytes) {
        this.folder = folder;
        this.maxBytes = maxBytes;
    }

    /** The cache of this user. */
    static KernelCache ofUser() {
        String chosen = System.getProperty("openmoshi.kernel.cache");
        if (chosen != null) {
            return new KernelCache(Path.of(chosen));
        }
        String base = System.getenv("XDG_CACHE_HOME");
        Path parent =
                base == null || base.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(base);
        return new KernelCache(parent.resolve("openmoshi").resolve("kernels"));
    }

    /** The file of a source on a device. */
    Path file(String identity, String source) {
        byte[] key = sha256((identity + '\0' + source).getBytes(StandardCharsets.UTF_8));
        return folder.resolve(HexFormat.of().formatHex(key) + ".bin");
    }

    /** The binary in a file, or null when it is absent or damaged. */
    byte @Nullable [] read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            return null; // not there, or not readable: compiled again
        }
        if (bytes.length < HASH_BYTES) {
            return null;
        }
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            // a folder that is only read is not pruned either
        }
        byte[] binary = Arrays.copyOfRange(bytes, HASH_BYTES, bytes.length);
        return Arrays.equals(sha256(binary), Arrays.copyOf(bytes, HASH_BYTES)) ? binary : null;
    }

    /** Writes a binary by renaming, so that other processes see all of it or nothing. */
    void write(Path file, byte[] binary) {
        ByteBuffer bytes = ByteBuffer.allocate(HASH_BYTES + binary.length);
        bytes.put(sha256(binary)).put(binary);
        try {
            Files.createDirectories(folder);
            Path temporary = Files.createTempFile(folder, "kernel", ".tmp");
            try {
                Files.write(temporary, bytes.array());
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(temporary);
            }
            prune();
        } catch (IOException e) {
            if (!warned.getAndSet(true)) {
                System.getLogger("org.openmoshi.tensor")
                        .log(
                                System.Logger.Level.WARNING,
                                "compiled kernels cannot be kept in " + folder + " (" + e + "): every start compiles"
                                        + " them again; choose another folder with -Dopenmoshi.kernel.cache=DIR");
            }
        }
    }

    /** Keeps the entries that were used last, and half of the room free: this is seldom to be done. */
    private void prune() throws IOException {
        record Entry(Path file, long bytes, FileTime used) {}
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.bin")) {
            for (Path file : files) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime()));
            }
        } catch (NoSuchFileException e) {
            return; // another process is at it
        }
        if (entries.stream().mapToLong(Entry::bytes).sum() <= maxBytes) {
            return;
        }
        entries.sort(Comparator.comparing(Entry::used).reversed());
        long kept = 0;
        for (Entry entry : entries) {
            kept += entry.bytes;
            if (kept > maxBytes / 2) {
                Files.deleteIfExists(entry.file);
            }
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
