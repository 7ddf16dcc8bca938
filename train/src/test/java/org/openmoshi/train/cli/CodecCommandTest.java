package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.AudioFixtures;

class CodecCommandTest {
    @TempDir
    private Path folder;

    private Path codec;
    private Path codes;
    private Path result;

    @BeforeEach
    void saveCodec() throws IOException {
        codec = TestCodec.save(folder.resolve("codec.safetensors"), "tiny", 1);
        codes = folder.resolve("codes.safetensors");
        result = folder.resolve("result.wav");
    }

    @ParameterizedTest
    @CsvSource({
        // rate, channels, samples, samples at 24 kHz, frames
        "24000, 1, 1921, 1921, 2",
        "24000, 1, 1920, 1920, 1",
        "24000, 1, 1, 1, 1",
        "8000, 1, 4000, 12000, 7",
        "44100, 2, 11025, 6000, 4",
        "192000, 6, 19200, 2400, 2",
    })
    void codesHoldWhatDecodingTakes(int rate, int channels, int length, int decodedLength, int frames)
            throws IOException {
        Path input = write("in.wav", AudioFixtures.wav16(AudioFixtures.tone(rate, channels, length)));
        CommandRun.of("codec", "encode", input, codes, "--checkpoint", codec).succeeded();
        try (Scope _ = Scope.open();
                SafetensorsFile file = SafetensorsFile.open(codes)) {
            assertThat(file.dtype("codes")).isEqualTo(DType.I64);
            assertThat(file.shape("codes").toArray()).containsExactly(1, 4, frames);
            assertThat(file.metadata())
                    .containsEntry("length", Integer.toString(decodedLength))
                    .containsEntry("sample_rate", "24000")
                    .containsEntry("frame_rate", "12.5")
                    .containsEntry("codebook_size", "64")
                    .containsKey("codec");
        }
        CommandRun.of("codec", "decode", codes, result, "--checkpoint", codec).succeeded();
        Audio decoded = AudioFile.read(result);
        assertThat(decoded.sampleRate()).isEqualTo(24_000);
        assertThat(decoded.numChannels()).isEqualTo(1);
        assertThat(decoded.length()).isEqualTo(decodedLength);
    }

    @Test
    void flacGivesTheCodesOfTheSameWav() throws IOException {
        Audio tone = AudioFixtures.tone(24_000, 1, 9600);
        Path wav = write("in.wav", AudioFixtures.wav16(tone));
        Path flac = write("in.flac", AudioFixtures.flac(tone, 16, 4096));
        Path other = folder.resolve("other.safetensors");
        CommandRun.of("codec", "encode", wav, codes, "--checkpoint", codec).succeeded();
        CommandRun.of("codec", "encode", flac, other, "--checkpoint", codec).succeeded();
        assertThat(other).hasSameBinaryContentAs(codes);
    }

    @Test
    void roundtripDoesBothAndMeasures() throws IOException {
        Path input = tone();
        Path direct = folder.resolve("direct.wav");
        String printed = CommandRun.of("codec", "roundtrip", input, direct, "--checkpoint", codec, "--codebooks", 2)
                .succeeded()
                .out();
        assertThat(printed)
                .contains("0.40 s at 24000 Hz", "150 bit/s, 2 of 4 codebooks", "real-time factor", "SI-SDR")
                .containsPattern("mel distance +\\d+\\.\\d{3}");

        CommandRun.of("codec", "encode", input, codes, "--checkpoint", codec, "--codebooks", 2)
                .succeeded();
        CommandRun.of("codec", "decode", codes, result, "--checkpoint", codec).succeeded();
        assertThat(result).hasSameBinaryContentAs(direct);
    }

    @Test
    void measuresOfSilenceAreUndefined() throws IOException {
        Path input = write("in.wav", AudioFixtures.wav16(Audio.mono(24_000, new float[100])));
        assertThat(CommandRun.of("codec", "roundtrip", input, result, "--checkpoint", codec)
                        .succeeded()
                        .out())
                .containsPattern("SI-SDR +undefined")
                .containsPattern("STOI +undefined");
    }

    @Test
    void scalarBackendGivesTheSameCodes() throws IOException {
        Path input = tone();
        Path other = folder.resolve("other.safetensors");
        CommandRun.of("codec", "encode", input, codes, "--checkpoint", codec, "--device", "cpu")
                .succeeded();
        CommandRun.of("codec", "encode", input, other, "--checkpoint", codec, "--device", "cpu-scalar")
                .succeeded();
        assertThat(other).hasSameBinaryContentAs(codes);
    }

    @Test
    void unknownDeviceIsRefusedBeforeAnythingHappens() throws IOException {
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec, "--device", "gpu")
                .refusedSaying("no backend 'gpu'", "cpu, cpu-scalar");
        assertThat(codes).doesNotExist();
    }

    @Test
    void codesOfAnotherCodecAreRefused() throws IOException {
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec).succeeded();
        Path retrained = TestCodec.save(folder.resolve("retrained.safetensors"), "tiny", 2);
        CommandRun.of("codec", "decode", codes, result, "--checkpoint", retrained)
                .failedSaying(codes.toString(), "another codec of the same form", "--checkpoint");
        Path larger = TestCodec.save(folder.resolve("larger.safetensors"), "small", 1);
        CommandRun.of("codec", "decode", codes, result, "--checkpoint", larger)
                .failedSaying("codebooks of 64", "codebooks of 512");
        assertThat(result).doesNotExist();
    }

    @Test
    void damagedCodesAreRefused() throws IOException {
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec).succeeded();
        Path bad = folder.resolve("bad.safetensors");
        try (Scope _ = Scope.open();
                SafetensorsFile file = SafetensorsFile.open(codes)) {
            Tensor good = file.load("codes");
            rewrite(bad, good.mul(0).add(64), file.metadata());
            decodeOf(bad).failedSaying("code 64 is outside of a codebook of size 64");
            rewrite(bad, good.mul(0).sub(1), file.metadata());
            decodeOf(bad).failedSaying("code -1 is outside");
            rewrite(bad, good.cast(DType.F32), file.metadata());
            decodeOf(bad).failedSaying("codes are F32[1, 4, 5]");
            rewrite(bad, good, Map.of());
            decodeOf(bad).failedSaying("does not say length");
            rewrite(bad, good, with(file.metadata(), "length", "many"));
            decodeOf(bad).failedSaying("length in its metadata is 'many'");
            rewrite(bad, good, with(file.metadata(), "length", "99999999"));
            decodeOf(bad).failedSaying("99999999 samples does not fit 5 frames");
        }
        decodeOf(codec).failedSaying(codec + " holds no codes");
        decodeOf(tone()).failedSaying("in.wav", "no safetensors file");
    }

    @Test
    void containerHoldsTheSameCodes() throws IOException {
        Path mimi = folder.resolve("codes.mimi");
        for (Path output : new Path[] {codes, mimi}) {
            CommandRun.of("codec", "encode", tone(), output, "--checkpoint", codec, "--codebooks", 3)
                    .succeeded();
        }
        assertThat(mimi).hasSize(40 + 20 + 12); // 5 frames of 3 codes of 6 bits
        Path other = folder.resolve("other.wav");
        decodeOf(codes).succeeded();
        CommandRun.of("codec", "decode", mimi, other, "--checkpoint", codec).succeeded();
        assertThat(other).hasSameBinaryContentAs(result);
        assertThat(CommandRun.of("codec", "inspect", mimi).succeeded().out())
                .contains("0.40 s, 9600 samples at 24000 Hz", "3 of 64 vectors, 225 bit/s", "health            whole");
    }

    /** A file that was not written or copied to its end. */
    @Test
    void ofACutContainerTheRestIsDecoded() throws IOException {
        Path input = write("long.wav", AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 12 * 24_000)));
        Path mimi = folder.resolve("codes.mimi");
        CommandRun.of("codec", "encode", input, mimi, "--checkpoint", codec).succeeded();
        byte[] whole = Files.readAllBytes(mimi);
        Files.write(mimi, java.util.Arrays.copyOf(whole, whole.length - 5));
        CommandRun run = decodeOf(mimi);
        run.failedSaying(
                "codes.mimi is damaged", "the end is missing after frame 125 (10.00 s)", "the rest was decoded");
        assertThat(run.out()).contains("result.wav: 10.00 s");
        assertThat(AudioFile.read(result).length()).isEqualTo(240_000);
        CommandRun inspected = CommandRun.of("codec", "inspect", mimi);
        assertThat(inspected.out()).contains("health            damaged: ", "the end is missing");
        assertThat(inspected.code()).isEqualTo(1);
        Files.write(mimi, java.util.Arrays.copyOf(whole, 300));
        decodeOf(mimi).failedSaying("codes.mimi: no frame can be read");
        Files.write(mimi, new byte[3]);
        decodeOf(mimi).failedSaying("codes.mimi holds no codes");
    }

    @Test
    void exportsAreTheSameCodec() throws IOException {
        Path kyutai = folder.resolve("tokenizer.safetensors");
        Path hugging = folder.resolve("hugging");
        CommandRun.of("codec", "export", kyutai, "--checkpoint", codec, "--codebooks", 2)
                .succeeded();
        CommandRun.of("codec", "export", hugging, "--checkpoint", codec, "--layout", "huggingface")
                .succeeded();
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec, "--codebooks", 2)
                .succeeded();
        decodeOf(codes).succeeded();
        for (Path export : new Path[] {kyutai, hugging}) {
            Path other = folder.resolve("other.wav");
            CommandRun.of("codec", "decode", codes, other, "--checkpoint", export)
                    .succeeded();
            assertThat(other).hasSameBinaryContentAs(result);
        }
        assertThat(CommandRun.of("codec", "inspect", kyutai).succeeded().out())
                .contains("names of Kyutai", "weight norm       folded", "1 semantic, 1 acoustic", "stored as F32");
        assertThat(CommandRun.of("codec", "inspect", hugging).succeeded().out())
                .contains("names of Hugging Face", "1 semantic, 3 acoustic", "metadata          format = pt");
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec).succeeded();
        CommandRun.of("codec", "decode", codes, result, "--checkpoint", kyutai)
                .failedSaying("has 4 codebooks, this codec 2");
        CommandRun.of("codec", "export", hugging, "--checkpoint", codec, "--layout", "huggingface")
                .failedSaying("hugging is not empty");
        CommandRun.of("codec", "export", codec, "--checkpoint", codec).failedSaying("is an input");
    }

    @Test
    void inspectSaysWhatIsNoCodec() throws IOException {
        Path other = folder.resolve("other.safetensors");
        try (Scope _ = Scope.open()) {
            SafetensorsWriter.write(other, Map.of("x", Tensor.zeros(DType.BF16, 2, 3)), Map.of("by", "hand"));
        }
        assertThat(CommandRun.of("codec", "inspect", other).succeeded().out())
                .contains("tensors, of no codec", "stored as BF16    1 tensors", "x [2, 3]", "by = hand");
        CommandRun.of("codec", "inspect", tone()).failedSaying("in.wav", "no safetensors file");
        CommandRun.of("codec", "inspect", folder.resolve("none.mimi")).failedSaying("none.mimi");
    }

    @Test
    void inputIsNeverOverwritten() throws IOException {
        Path input = tone();
        byte[] before = Files.readAllBytes(input);
        CommandRun.of("codec", "roundtrip", input, input, "--checkpoint", codec)
                .failedSaying("is an input", "name another output");
        CommandRun.of("codec", "encode", input, codec, "--checkpoint", codec).failedSaying("is an input");
        assertThat(input).hasBinaryContent(before);
    }

    @Test
    void outputIsReplaced() throws IOException {
        write("result.wav", new byte[] {1, 2, 3});
        CommandRun.of("codec", "roundtrip", tone(), result, "--checkpoint", codec)
                .succeeded();
        assertThat(AudioFile.read(result).length()).isEqualTo(9600);
    }

    @Test
    void outputMustBeNamedAsWhatItIs() throws IOException {
        CommandRun.of("codec", "roundtrip", tone(), folder.resolve("x.mp3"), "--checkpoint", codec)
                .refusedSaying(".wav", "x.mp3");
        CommandRun.of("codec", "encode", tone(), result, "--checkpoint", codec)
                .refusedSaying(".safetensors", "result.wav");
    }

    @Test
    void unwritableOutputIsNoticedBeforeTheWork() throws IOException {
        CommandRun.of("codec", "roundtrip", "no.wav", folder.resolve("none/x.wav"), "--checkpoint", "no")
                .failedSaying("none/x.wav does not exist: create it");
        Files.createDirectory(result);
        CommandRun.of("codec", "roundtrip", "no.wav", result, "--checkpoint", "no")
                .failedSaying(result + " is a folder");
    }

    @Test
    void fullDiskKeepsWhatWasThere() throws IOException {
        Path input = write("long.wav", AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 72_000)));
        try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"), 64)) {
            Path kept = disk.path().resolve("kept.wav");
            Files.write(kept, new byte[] {1, 2, 3});
            CommandRun.of("codec", "roundtrip", input, kept, "--checkpoint", codec)
                    .failedSaying("kept.wav", "cannot be written", "space left");
            assertThat(kept).hasBinaryContent(new byte[] {1, 2, 3});
            Path keptContainer = disk.path().resolve("kept.mimi");
            Files.write(keptContainer, new byte[] {4});
            Files.write(disk.path().resolve("filler"), new byte[56 * 1024]);
            Path keptCodes = disk.path().resolve("kept.safetensors");
            CommandRun.of("codec", "encode", input, keptCodes, "--checkpoint", codec)
                    .failedSaying("kept.safetensors", "could not be written", "space left");
            CommandRun.of("codec", "encode", input, keptContainer, "--checkpoint", codec)
                    .failedSaying("kept.mimi", "could not be written", "space left");
            assertThat(keptContainer).hasBinaryContent(new byte[] {4});
            try (var files = Files.list(disk.path())) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder("kept.wav", "filler", "kept.mimi");
            }
        }
    }

    @Test
    void numberOfCodebooksMustExist() throws IOException {
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec, "--codebooks", 5)
                .failedSaying("1 to 4 codebooks, not 5");
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", codec, "--codebooks", "two")
                .refusedSaying("--codebooks", "two");
    }

    @Test
    void badCheckpointsAreNamed() throws IOException {
        Path missing = folder.resolve("missing.safetensors");
        encodeWith(missing).failedSaying("missing.safetensors does not exist");
        encodeWith(folder).failedSaying("no folder of a training run", "config.yaml");
        encodeWith(write("empty.safetensors", new byte[0])).failedSaying("only 0 bytes");
        byte[] whole = Files.readAllBytes(codec);
        encodeWith(write("cut.safetensors", java.util.Arrays.copyOf(whole, whole.length / 2)))
                .failedSaying("cut.safetensors", "damaged");
        CommandRun.of("codec", "encode", tone(), codes).refusedSaying("--checkpoint");
    }

    @Test
    void configurationOfACodecCanBeNamed() throws IOException {
        Path bare = folder.resolve("bare.safetensors");
        try (Scope _ = Scope.open();
                SafetensorsFile file = SafetensorsFile.open(codec)) {
            Map<String, Tensor> tensors = new java.util.LinkedHashMap<>();
            for (String name : file.names()) {
                tensors.put(name, file.load(name));
            }
            SafetensorsWriter.write(bare, tensors, Map.of());
        }
        encodeWith(bare).failedSaying("does not say which configuration", "name the configuration");
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", bare, "--config", "tiny")
                .succeeded();
        CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", bare, "--config", "tyni")
                .failedSaying("no codec configuration 'tyni'", "did you mean 'tiny'?");
        CommandRun other = CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", bare, "--config", "small");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .startsWith("openmoshi: " + bare + " does not fit this model")
                .contains("12 missing", "of another shape")
                .doesNotContain("\tat ");
    }

    private CommandRun encodeWith(Path checkpoint) throws IOException {
        return CommandRun.of("codec", "encode", tone(), codes, "--checkpoint", checkpoint);
    }

    private CommandRun decodeOf(Path file) {
        return CommandRun.of("codec", "decode", file, result, "--checkpoint", codec);
    }

    private static void rewrite(Path file, Tensor codes, Map<String, String> metadata) throws IOException {
        SafetensorsWriter.write(file, Map.of("codes", codes), metadata);
    }

    private static Map<String, String> with(Map<String, String> metadata, String key, String value) {
        Map<String, String> changed = new java.util.HashMap<>(metadata);
        changed.put(key, value);
        return changed;
    }

    private Path tone() throws IOException {
        return write("in.wav", AudioFixtures.wav16(AudioFixtures.tone(24_000, 1, 9600)));
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }
}
