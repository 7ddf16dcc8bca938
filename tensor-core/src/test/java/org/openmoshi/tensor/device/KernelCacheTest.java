package org.openmoshi.tensor.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCacheTest {
    @TempDir
    private Path folder;

    @Test
    void keepsBinariesByDeviceAndSource() throws IOException {
        KernelCache cache = new KernelCache(folder.resolve("deep").resolve("er"));
        Path file = cache.file("device 1", "source");
        assertThat(cache.read(file)).isNull();
        cache.write(file, new byte[] {1, 2, 3});
        assertThat(cache.read(file)).containsExactly(1, 2, 3);
        assertThat(file)
                .isEqualTo(cache.file("device 1", "source"))
                .isNotEqualTo(cache.file("device 2", "source"))
                .isNotEqualTo(cache.file("device 1", "other source"));
        try (Stream<Path> left = Files.list(file.getParent())) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aDamagedFileIsAsGoodAsAbsent() throws IOException {
        KernelCache cache = new KernelCache(folder);
        Path file = cache.file("device", "source");
        cache.write(file, new byte[100]);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        assertThat(cache.read(file)).isNull();
        Files.write(file, new byte[5]);
        assertThat(cache.read(file)).isNull();
        cache.write(file, new byte[] {7});
        assertThat(cache.read(file)).containsExactly(7);
    }

    @Test
    void whatWasNotUsedForLongestGoesWhenThereIsTooMuch() throws IOException {
        KernelCache cache = new KernelCache(folder, 4 * 132 + 10);
        for (int i = 0; i < 4; i++) {
            Path file = cache.file("device", "source " + i);
            cache.write(file, new byte[100]); // 132 with the hash
            Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.plusSeconds(i)));
        }
        assertThat(cache.read(cache.file("device", "source 0"))).hasSize(100); // used now
        Path last = cache.file("device", "source 4");
        cache.write(last, new byte[100]);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(cache.file("device", "source 0"), last);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoFailure() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "");
        KernelCache cache = new KernelCache(blocked.resolve("below"));
        Path file = cache.file("device", "source");
        cache.write(file, new byte[] {1});
        assertThat(cache.read(file)).isNull();
    }
}
