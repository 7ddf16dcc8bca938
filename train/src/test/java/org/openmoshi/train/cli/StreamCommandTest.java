package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.AudioFixtures;

/** Streams through real pipes, and so in processes of their own. */
class StreamCommandTest {
    private static final int HEADER_BYTES = 40;
    private static final int BLOCK_BYTES = 12 + 3; // a frame of 4 codes of 6 bits
    private static final int FRAME = 1920;

    @TempDir
    private Path folder;

    private Path codec;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void saveCodec() throws IOException {
        codec = TestCodec.save(folder.resolve("codec.safetensors"), "tiny", 1);
    }

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                OpenMoshi.class.getName(),
                "codec"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--stream", "--checkpoint", codec.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("errors").toFile())
                .start();
        started.add(process);
        return process;
    }

    private void assertEnded(Process process, int code, String... errors) throws IOException, InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String err = Files.readString(folder.resolve("errors"));
        List<String> own =
                err.lines().filter(line -> line.startsWith("openmoshi: ")).toList();
        assertThat(process.exitValue()).as(err).isEqualTo(code);
        assertThat(own).hasSize(code);
        assertThat(err).doesNotContain("internal error", "\tat ");
        for (String error : errors) {
            assertThat(err).contains(error);
        }
    }

    /** Each frame comes out before the next one goes in. */
    @Test
    void aFrameLeavesAsSoonAsItIsComplete() throws IOException, InterruptedException {
        Process encoder = start("encode", "--pcm", "s16le");
        Process decoder = start("decode", "--pcm", "s16le");
        OutputStream samples = encoder.getOutputStream();
        InputStream codes = encoder.getInputStream();
        OutputStream sameCodes = decoder.getOutputStream();
        InputStream decoded = decoder.getInputStream();
        byte[] header = codes.readNBytes(HEADER_BYTES);
        assertThat(header).hasSize(HEADER_BYTES);
        sameCodes.write(header);
        for (int i = 0; i < 3; i++) {
            samples.write(new byte[2 * FRAME]);
            samples.flush();
            byte[] block = codes.readNBytes(BLOCK_BYTES);
            assertThat(block).hasSize(BLOCK_BYTES);
            sameCodes.write(block);
            sameCodes.flush();
            assertThat(decoded.readNBytes(2 * FRAME)).hasSize(2 * FRAME);
        }
        samples.write(new byte[100]);
        samples.close();
        byte[] last = codes.readAllBytes();
        assertThat(last).hasSize(BLOCK_BYTES + 8);
        sameCodes.write(last);
        sameCodes.close();
        assertThat(decoded.readAllBytes()).hasSize(100);
        assertEnded(encoder, 0);
        assertEnded(decoder, 0);
    }

    @Test
    void wavGoesThroughAsThroughFiles() throws IOException, InterruptedException {
        Path input = folder.resolve("in.wav");
        Files.write(input, AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 9601)));
        Path codes = folder.resolve("codes.mimi");
        Path decoded = folder.resolve("decoded.wav");
        CommandRun.of("codec", "encode", input, codes, "--checkpoint", codec).succeeded();
        CommandRun.of("codec", "decode", codes, decoded, "--checkpoint", codec).succeeded();

        Process encoder = start("encode");
        try (OutputStream samples = encoder.getOutputStream()) {
            samples.write(Files.readAllBytes(input));
        }
        byte[] container = encoder.getInputStream().readAllBytes();
        assertEnded(encoder, 0);
        Process decoder = start("decode");
        try (OutputStream stream = decoder.getOutputStream()) {
            stream.write(container);
        }
        Path streamed = folder.resolve("streamed.wav");
        Files.write(streamed, decoder.getInputStream().readAllBytes());
        assertEnded(decoder, 0);
        Audio audio = AudioFile.read(streamed);
        assertThat(audio.length()).isEqualTo(9601);
        assertThat(audio.mixDown()).containsExactly(AudioFile.read(decoded).mixDown());
    }

    @Test
    void aReaderThatStopsEndsItWithAWord() throws IOException, InterruptedException {
        Process encoder = start("encode", "--pcm", "s16le");
        try (OutputStream samples = encoder.getOutputStream()) {
            InputStream codes = encoder.getInputStream();
            assertThat(codes.readNBytes(HEADER_BYTES)).hasSize(HEADER_BYTES);
            codes.close();
            samples.write(new byte[2 * FRAME]);
            samples.flush();
            assertEnded(
                    encoder, 1, "standard output takes no more (Broken pipe)", "the program that reads it has ended");
        }
    }

    @Test
    void ofACutStreamTheRestIsDecoded() throws IOException, InterruptedException {
        Path input = folder.resolve("in.wav");
        Files.write(input, AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 24_000)));
        Process encoder = start("encode");
        try (OutputStream samples = encoder.getOutputStream()) {
            samples.write(Files.readAllBytes(input));
        }
        byte[] container = encoder.getInputStream().readAllBytes();
        assertEnded(encoder, 0);
        Process decoder = start("decode", "--pcm", "f32le");
        try (OutputStream stream = decoder.getOutputStream()) {
            stream.write(Arrays.copyOf(container, HEADER_BYTES + 5 * BLOCK_BYTES + 4));
        }
        assertThat(decoder.getInputStream().readAllBytes()).hasSize(5 * FRAME * Float.BYTES);
        assertEnded(decoder, 1, "standard input is damaged", "the end is missing after frame 5 (0.40 s)");
    }

    @Test
    void inputThatIsNoneIsRefused() throws IOException, InterruptedException {
        Process decoder = start("decode");
        try (OutputStream stream = decoder.getOutputStream()) {
            stream.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(decoder.getInputStream().readAllBytes()).isEmpty();
        assertEnded(decoder, 1, "standard input holds no codes");
        Process encoder = start("encode");
        try (OutputStream stream = encoder.getOutputStream()) {
            stream.write(AudioFixtures.wav16(AudioFixtures.tone(16_000, 1, 100)));
        }
        assertThat(encoder.getInputStream().readAllBytes()).isEmpty();
        assertEnded(encoder, 1, "standard input: has 16000 Hz, the codec 24000");
    }

    @Test
    void optionsThatDoNotGoTogetherAreRefused() {
        CommandRun.of("codec", "encode", "in.wav", "out.mimi", "--stream", "--checkpoint", codec)
                .refusedSaying("leave out 'in.wav'");
        CommandRun.of("codec", "encode", "in.wav", "--checkpoint", codec).refusedSaying("name input and output");
        CommandRun.of("codec", "decode", "--checkpoint", codec).refusedSaying("or use --stream");
        CommandRun.of("codec", "decode", "in.mimi", "out.wav", "--pcm", "wav", "--checkpoint", codec)
                .refusedSaying("--pcm goes with --stream");
        CommandRun.of("codec", "roundtrip", "in.wav", "--checkpoint", codec).refusedSaying("OUT.wav");
    }
}
