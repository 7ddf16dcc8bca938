package org.openmoshi.train.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerTest {
    private static final ContainerHeader MIMI = header(8, 2048, 3);

    private static ContainerHeader header(int codebooks, int codebookSize, int blockFrames) {
        return new ContainerHeader(24_000, 1920, codebooks, codebookSize, blockFrames, "0123456789abcdef");
    }

    private static List<int[]> frames(ContainerHeader header, int count) {
        Random random = new Random(count);
        List<int[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            frames.add(random.ints(header.codebooks(), 0, header.codebookSize()).toArray());
        }
        return frames;
    }

    private static byte[] write(ContainerHeader header, List<int[]> frames, long length) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerWriter writer = new ContainerWriter(out, header);
        for (int[] frame : frames) {
            writer.write(frame);
        }
        writer.finish(length);
        return out.toByteArray();
    }

    private static ContainerReader reader(byte[] bytes) throws IOException {
        return new ContainerReader(new ByteArrayInputStream(bytes), "test.mimi");
    }

    private static List<int[]> readAll(ContainerReader reader) throws IOException {
        List<int[]> frames = new ArrayList<>();
        for (int[] frame = reader.nextFrame(); frame != null; frame = reader.nextFrame()) {
            frames.add(frame);
        }
        reader.drain();
        return frames;
    }

    @ParameterizedTest
    @CsvSource({
        "8, 2048, 125, 301",
        "1, 2, 1, 3",
        "32, 2048, 1, 7",
        "5, 65536, 4, 9",
        "3, 3, 7, 7",
        "4, 64, 5, 0",
        "1, 2048, 2, 1"
    })
    void comesBack(int codebooks, int codebookSize, int blockFrames, int count) throws IOException {
        ContainerHeader header = header(codebooks, codebookSize, blockFrames);
        List<int[]> frames = frames(header, count);
        long length = Math.max(0, count * 1920L - 7);
        ContainerReader reader = reader(write(header, frames, length));
        assertThat(reader.header()).isEqualTo(header);
        assertThat(readAll(reader)).containsExactlyElementsOf(frames);
        assertThat(reader.length()).isEqualTo(length);
        assertThat(reader.damage()).isNull();
    }

    /** The example of docs/mimi-container.md, worked out by hand there. */
    @Test
    void bytesAreTheDocumentedOnes() throws IOException {
        ContainerHeader header = new ContainerHeader(24_000, 1920, 2, 2048, 1, "00000000000000ff");
        String hex = HexFormat.of().formatHex(write(header, List.of(new int[] {1, 2047}, new int[] {1024, 0}), 3000));
        assertThat(hex)
                .startsWith("894d494d490d0a1a" + "01" + "01" + "0200" + "00080000" + "c05d0000" + "80070000" + "0100"
                        + "0000" + "ff00000000000000")
                .contains("4d62" + "0100" + "00000000" + "01f83f")
                .contains("4d65" + "0100" + "01000000" + "b80b000000000000" + "000400")
                .hasSize(2 * (40 + 15 + 23));
    }

    @Test
    void elevenBitsForACodeOfMimi() throws IOException {
        int overhead = write(header(8, 2048, 125), List.of(), 0).length;
        assertThat(write(header(8, 2048, 125), frames(MIMI, 100), 192_000)).hasSize(overhead + 100 * 8 * 11 / 8);
    }

    @Test
    void aCutLeavesAllWholeBlocksBeforeIt() throws IOException {
        List<int[]> frames = frames(MIMI, 10);
        byte[] whole = write(MIMI, frames, 19_000);
        int blockBytes = 12 + 33;
        for (int cut = ContainerHeader.BYTES; cut < whole.length; cut++) {
            ContainerReader reader = reader(Arrays.copyOf(whole, cut));
            int left = 3 * ((cut - ContainerHeader.BYTES) / blockBytes);
            assertThat(readAll(reader)).as("cut at %d", cut).containsExactlyElementsOf(frames.subList(0, left));
            assertThat(reader.damage()).contains("the end is missing after frame " + left);
            assertThat(reader.length()).isEqualTo(left * 1920L);
        }
        for (int cut = 0; cut < ContainerHeader.BYTES; cut++) {
            byte[] start = Arrays.copyOf(whole, cut);
            assertThatThrownBy(() -> reader(start))
                    .isInstanceOf(CodesException.class)
                    .hasMessageContaining("test.mimi");
        }
    }

    /** A frame that is lost is filled with the one before it; all others keep their place. */
    @Test
    void aWrongByteCostsItsBlockOnly() throws IOException {
        List<int[]> frames = frames(MIMI, 10);
        byte[] whole = write(MIMI, frames, 19_000);
        int blockBytes = 12 + 33;
        for (int at = ContainerHeader.BYTES; at < ContainerHeader.BYTES + 3 * blockBytes; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) 0x24;
            ContainerReader reader = reader(damaged);
            int lost = 3 * ((at - ContainerHeader.BYTES) / blockBytes);
            List<int[]> expected = new ArrayList<>(frames);
            expected.subList(lost, lost + 3).replaceAll(frame -> frames.get(lost == 0 ? 3 : lost - 1));
            assertThat(readAll(reader)).as("byte %d", at).containsExactlyElementsOf(expected);
            assertThat(reader.damage()).isEqualTo(blockBytes + " damaged bytes, 3 frames missing (0.24 s)");
            assertThat(reader.length()).isEqualTo(19_000);
        }
    }

    @Test
    void everyBlockCanBeReadAlone() throws IOException {
        List<int[]> frames = frames(MIMI, 10);
        byte[] whole = write(MIMI, frames, 19_000);
        byte[] tail = new byte[whole.length - 2 * (12 + 33)];
        System.arraycopy(whole, 0, tail, 0, ContainerHeader.BYTES);
        System.arraycopy(whole, whole.length - tail.length + 40, tail, 40, tail.length - 40);
        ContainerReader reader = reader(tail);
        ContainerBlock block = reader.nextBlock();
        assertThat(block.first()).isEqualTo(6);
        assertThat(Arrays.copyOf(block.codes(), 8)).containsExactly(frames.get(6));
    }

    @Test
    void bytesAfterTheEndAreDamage() throws IOException {
        byte[] whole = write(MIMI, frames(MIMI, 2), 3840);
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        ContainerReader reader = reader(twice);
        assertThat(readAll(reader)).hasSize(2);
        assertThat(reader.damage()).isEqualTo(whole.length + " damaged bytes");
    }

    /** A live stream has no byte after the block that was written last. */
    @Test
    void needsNoByteBeyondABlock() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerHeader header = header(8, 2048, 1);
        ContainerWriter writer = new ContainerWriter(out, header);
        List<int[]> frames = frames(header, 3);
        InputStream live = new InputStream() {
            private int at;

            @Override
            public int read() {
                assertThat(at).as("would wait").isLessThan(out.size());
                return out.toByteArray()[at++] & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int count) {
                int available = Math.min(count, out.size() - at);
                assertThat(available > 0 || count == 0).as("has not to wait").isTrue();
                System.arraycopy(out.toByteArray(), at, bytes, offset, available);
                at += available;
                return available;
            }
        };
        ContainerReader reader = new ContainerReader(live, "live");
        for (int[] frame : frames) {
            writer.write(frame);
            writer.flush();
            assertThat(reader.nextFrame()).containsExactly(frame);
        }
        writer.finish(3 * 1920 - 1);
        assertThat(reader.nextFrame()).isNull();
        assertThat(reader.length()).isEqualTo(3 * 1920 - 1);
        assertThat(reader.damage()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void anyBytesAreReadToTheirEnd(int seed) throws IOException {
        Random random = new Random(seed);
        byte[] whole = write(header(4, 60, 2), frames(header(4, 60, 2), 40), 76_000);
        int read = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = mutate(whole, random);
            try {
                ContainerReader reader = reader(bytes);
                for (int[] frame : readAll(reader)) {
                    assertThat(frame).hasSize(reader.header().codebooks());
                    for (int code : frame) {
                        assertThat(code).isBetween(0, reader.header().codebookSize() - 1);
                    }
                    read++;
                }
                assertThat(reader.length()).isNotNegative();
                if (!Arrays.equals(bytes, whole)) {
                    assertThat(reader.damage()).isNotNull();
                }
            } catch (CodesException e) {
                assertThat(e).hasMessageContaining("test.mimi");
            }
        }
        assertThat(read).isGreaterThan(10_000);
    }

    /** Bytes changed, taken out, put in, cut off; half of the time behind a whole header. */
    private static byte[] mutate(byte[] whole, Random random) {
        int from = random.nextBoolean() ? ContainerHeader.BYTES : 0;
        byte[] bytes = whole.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > from; changes--) {
            int at = from + random.nextInt(bytes.length - from);
            int count = random.nextInt(Math.min(30, bytes.length - at) + 1);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes = Arrays.copyOf(bytes, at);
                case 2 -> {
                    System.arraycopy(bytes, at + count, bytes, at, bytes.length - at - count);
                    bytes = Arrays.copyOf(bytes, bytes.length - count);
                }
                default -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
                    System.arraycopy(bytes, at, longer, at + count, bytes.length - at);
                    bytes = longer;
                }
            }
        }
        return bytes;
    }

    @Test
    void headersThatCannotBeAreRefused() throws IOException {
        byte[] good = write(MIMI, List.of(), 0);
        assertRefused(good, 8, 2, "is of version 2, only 1 is known");
        assertRefused(good, 10, 9, "its header is damaged");
        assertRefused(good, 0, 'x', "does not begin as a .mimi file does");
        assertThatThrownBy(() -> header(0, 2048, 1)).hasMessageContaining("number of codebooks is 0");
        assertThatThrownBy(() -> header(8, 70_000, 1)).hasMessageContaining("codebook size is 70000");
        assertThatThrownBy(() -> header(256, 65_536, 200)).hasMessageContaining("frames per block is 200");
    }

    private static void assertRefused(byte[] good, int at, int value, String message) {
        byte[] bad = good.clone();
        bad[at] = (byte) value;
        assertThatThrownBy(() -> reader(bad)).isInstanceOf(CodesException.class).hasMessageContaining(message);
    }
}
