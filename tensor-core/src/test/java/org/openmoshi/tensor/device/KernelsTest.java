package org.openmoshi.tensor.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When kernels are compiled, and when they come from the cache: each test starts as many processes as it has Kernels. */
class KernelsTest {
    @TempDir
    private Path folder;

    private final Compiler compiler = new Compiler();

    private Program.Entry entry(String define) {
        return new Kernels(compiler, new KernelCache(folder)).entry("copy", define, "copy");
    }

    @Test
    void aFileIsCompiledOncePerTypeAndKept() {
        Kernels kernels = new Kernels(compiler, new KernelCache(folder));
        Program.Entry first = kernels.entry("copy", "BYTES_4", "copy");
        assertThat(kernels.entry("copy", "BYTES_4", "copy")).isSameAs(first);
        assertThat(kernels.entry("copy", "BYTES_4", "other")).isNotEqualTo(first);
        assertThat(compiler.compiled).hasSize(1);
        kernels.entry("copy", "BYTES_8", "copy");
        assertThat(compiler.compiled).hasSize(2);

        entry("BYTES_4");
        entry("BYTES_8");
        assertThat(compiler.compiled).as("a second process compiles nothing").hasSize(2);
    }

    @Test
    void aDamagedCacheEntryIsRebuilt() throws IOException {
        Program.Entry before = entry("BYTES_4");
        Path file = cached();
        byte[] bytes = Files.readAllBytes(file);
        byte[] damaged = bytes.clone();
        damaged[damaged.length - 1] ^= 1;
        Files.write(file, damaged);

        assertThat(entry("BYTES_4")).isEqualTo(before);
        assertThat(compiler.compiled).hasSize(2);
        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    void aBinaryThatTheDriverRefusesIsCompiledAgain() throws IOException {
        Program.Entry before = entry("BYTES_4");
        Path file = cached();
        byte[] bytes = Files.readAllBytes(file);
        new KernelCache(folder).write(file, new byte[] {1, 2, 3}); // whole, but of no use
        assertThat(entry("BYTES_4")).isEqualTo(before);
        assertThat(compiler.compiled).hasSize(2);
        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    void whatDoesNotCompileIsNotKept() throws IOException {
        compiler.broken = true;
        assertThatThrownBy(() -> entry("BYTES_4"))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageContaining("copy.fake");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
        compiler.broken = false;
        assertThat(entry("BYTES_4")).isNotNull();
    }

    private Path cached() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    /** A device that compiles a source to its text behind a mark, and can do nothing else. */
    private static final class Compiler implements Device {
        private record Entry(String program, String name) implements Program.Entry {}

        private static final String MARK = "compiled ";

        private final List<String> compiled = new ArrayList<>();
        private boolean broken;

        @Override
        public String name() {
            return "fake:0";
        }

        @Override
        public String description() {
            return name();
        }

        @Override
        public String identity() {
            return name();
        }

        @Override
        public String dialect() {
            return "fake";
        }

        @Override
        public InputStream kernelFile(String fileName) {
            return new ByteArrayInputStream(("the kernels of " + fileName).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public byte[] compile(String name, String source) {
            if (broken) {
                throw new KernelCompilationException(name, name(), "no reason");
            }
            compiled.add(source);
            return (MARK + source).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Program load(String name, byte[] binary) {
            String text = new String(binary, StandardCharsets.UTF_8);
            if (!text.startsWith(MARK)) {
                throw new IllegalArgumentException(name + " is not compiled");
            }
            return entry -> new Entry(text, entry);
        }

        @Override
        public long maxGroups(int axis) {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable MemorySegment allocate(long bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void release(MemorySegment block) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void upload(MemorySegment host, MemorySegment block, long offset, long bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void download(MemorySegment block, long offset, MemorySegment host, long bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void launch(Program.Entry entry, long x, long y, long z, int items, Arguments arguments) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void synchronize() {
            throw new UnsupportedOperationException();
        }
    }
}
