package org.openmoshi.train.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.audio.PcmWriter;
import org.openmoshi.train.codec.Coder;
import org.openmoshi.train.codec.CodesException;
import org.openmoshi.train.codec.CodesFile;
import org.openmoshi.train.codec.ContainerReader;
import org.openmoshi.train.codec.StreamCoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Codes to audio. */
@Command(
        name = "decode",
        description = "Turns codes back into audio, with the codec that made them.",
        footer = {"", "Of damaged codes it decodes what it can, says what was wrong, and ends with exit code 1."})
final class CodecDecodeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "CODES",
            description = "A file that 'codec encode' has written.")
    private @Nullable Path input;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OUT.wav",
            description = "The file to write: 16-bit mono at the codec's sample rate.")
    private @Nullable Path output;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Mixin
    private StreamOptions stream = new StreamOptions();

    @Override
    public Integer call() throws IOException {
        if (stream.isOn(input, output) || input == null || output == null) {
            decodeStream();
        } else {
            decodeFile(input, output);
        }
        return 0;
    }

    private void decodeStream() throws IOException {
        String name = "standard input";
        try (Mimi mimi = codec.load()) {
            int sampleRate = mimi.config().sampleRate();
            ContainerReader codes = new ContainerReader(stream.input(), name);
            new StreamCoder(mimi).decode(codes, name, () -> new PcmWriter(stream.output(), stream.pcm(), sampleRate));
            requireWhole(name, codes.damage());
        }
    }

    private void decodeFile(Path file, Path wav) throws IOException {
        OutputFile.check(spec, wav, ".wav", file, codec.checkpoint());
        try (Scope _ = Scope.open();
                Mimi mimi = codec.load();
                WorkBar bar = new WorkBar("decode")) {
            CodesFile codes = CodesFile.read(file);
            codes.requireMadeBy(mimi, file.toString());
            WavOutput.write(
                    wav, new Coder(mimi).decode(codes, bar), spec.commandLine().getOut());
            requireWhole(file.toString(), codes.damage());
        }
    }

    private static void requireWhole(String name, @Nullable String damage) throws CodesException {
        if (damage != null) {
            throw new CodesException(name + " is damaged: " + damage + "; the rest was decoded");
        }
    }
}
