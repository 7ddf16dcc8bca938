package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.PcmReader;
import org.openmoshi.train.codec.Coder;
import org.openmoshi.train.codec.CodesFile;
import org.openmoshi.train.codec.StreamCoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Audio file to codes. */
@Command(
        name = "encode",
        description = "Turns audio into codes.",
        footer = {
            "",
            "A stream, 80 ms at a time for Mimi:",
            "  arecord -f S16_LE -r 24000 | openmoshi codec encode --stream --checkpoint C | ... "
        })
final class CodecEncodeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private EncodeOptions encode = new EncodeOptions();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "CODES",
            description = "The file to write: .mimi, or .safetensors for a tensor 'codes' [1, codebooks, frames].")
    private @Nullable Path output;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Mixin
    private StreamOptions stream = new StreamOptions();

    @Override
    public Integer call() throws IOException {
        if (stream.isOn(encode.file(), output) || output == null) {
            encodeStream();
        } else {
            encodeFile(output);
        }
        return 0;
    }

    private void encodeStream() throws IOException {
        try (Mimi mimi = codec.load()) {
            int sampleRate = mimi.config().sampleRate();
            PcmReader samples = PcmReader.open(stream.input(), "standard input", stream.pcm(), sampleRate);
            new StreamCoder(mimi).encode(samples, encode.codebooks(mimi), stream.output());
        }
    }

    private void encodeFile(Path file) throws IOException {
        OutputFile.check(spec, file, CodesFile.EXTENSIONS, encode.input(), codec.checkpoint());
        try (Scope _ = Scope.open();
                Mimi mimi = codec.load();
                WorkBar bar = new WorkBar("encode")) {
            Coder coder = new Coder(mimi);
            Audio audio = coder.read(encode.input());
            int levels = encode.codebooks(mimi);
            CodesFile codes = coder.encode(audio, levels, bar);
            codes.write(file);
            PrintWriter out = spec.commandLine().getOut();
            out.printf(
                    Locale.ROOT,
                    "%s: %.2f s as %d frames of %d codes, %.0f bit/s%n",
                    file,
                    audio.duration(),
                    codes.codes().dim(2),
                    levels,
                    mimi.config().bitrate(levels));
            out.flush();
        }
    }
}
