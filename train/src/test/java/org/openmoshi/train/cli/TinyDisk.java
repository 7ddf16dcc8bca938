package org.openmoshi.train.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A file system with room for a few kilobytes, where the tests may mount one (Linux, root); otherwise they are skipped. */
final class TinyDisk implements AutoCloseable {
    private final Path path;

    private TinyDisk(Path path) {
        this.path = path;
    }

    static TinyDisk mount(Path folder, int kilobytes) throws IOException {
        Files.createDirectories(folder);
        boolean mounted;
        try {
            mounted = run("mount", "-t", "tmpfs", "-o", "size=" + kilobytes + "k", "none", folder.toString());
        } catch (IOException e) {
            mounted = false; // there is no such program
        }
        Assumptions.assumeTrue(mounted, "no permission to mount a small file system, which this test fills");
        return new TinyDisk(folder);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        // lazily: something of the system may still look at the disk for a moment
        if (!run("umount", "--lazy", path.toString())) {
            throw new IOException("unmount " + path + " by hand");
        }
    }

    private static boolean run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
