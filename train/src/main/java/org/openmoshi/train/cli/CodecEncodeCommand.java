package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.codec.Coder;
import org.openmoshi.train.codec.CodesFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Audio file to codes. */
@Command(name = "encode", description = "Turns an audio file into codes.")
final class CodecEncodeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private EncodeOptions encode = new EncodeOptions();

    @Parameters(
            index = "1",
            paramLabel = "CODES",
            description = "The file to write: .mimi, or .safetensors for a tensor 'codes' [1, codebooks, frames].")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Override
    public Integer call() throws IOException {
        OutputFile.check(spec, output, CodesFile.EXTENSIONS, encode.input(), codec.checkpoint());
        try (Scope _ = Scope.open();
                Mimi mimi = codec.load();
                WorkBar bar = new WorkBar("encode")) {
            Coder coder = new Coder(mimi);
            Audio audio = coder.read(encode.input());
            int levels = encode.codebooks(mimi);
            CodesFile codes = coder.encode(audio, levels, bar);
            codes.write(output);
            PrintWriter out = spec.commandLine().getOut();
            out.printf(
                    Locale.ROOT,
                    "%s: %.2f s as %d frames of %d codes, %.0f bit/s%n",
                    output,
                    audio.duration(),
                    codes.codes().dim(2),
                    levels,
                    mimi.config().bitrate(levels));
            out.flush();
        }
        return 0;
    }
}
