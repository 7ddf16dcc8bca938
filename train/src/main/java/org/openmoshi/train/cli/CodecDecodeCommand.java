package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.codec.Coder;
import org.openmoshi.train.codec.CodesException;
import org.openmoshi.train.codec.CodesFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Codes to audio file. */
@Command(name = "decode", description = "Turns codes back into audio, with the codec that made them.")
final class CodecDecodeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CODES", description = "A file that 'codec encode' has written.")
    @SuppressWarnings("NullAway.Init") // required
    private Path input;

    @Parameters(
            index = "1",
            paramLabel = "OUT.wav",
            description = "The file to write: 16-bit mono at the codec's sample rate.")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Override
    public Integer call() throws IOException {
        OutputFile.check(spec, output, ".wav", input, codec.checkpoint());
        try (Scope _ = Scope.open();
                Mimi mimi = codec.load();
                WorkBar bar = new WorkBar("decode")) {
            CodesFile codes = CodesFile.read(input);
            codes.requireMadeBy(mimi, input.toString());
            Audio audio = new Coder(mimi).decode(codes, bar);
            PrintWriter out = spec.commandLine().getOut();
            write(output, audio, out);
            out.flush();
            if (codes.damage() != null) {
                throw new CodesException(input + " is damaged: " + codes.damage() + "; the rest was decoded");
            }
        }
        return 0;
    }

    /** Writes a decoded recording and says so in one line. */
    static void write(Path output, Audio audio, PrintWriter out) throws IOException {
        long clipped = WavWriter.writePcm16(output, audio);
        out.printf(
                Locale.ROOT,
                "%s: %.2f s at %d Hz%s%n",
                output,
                audio.duration(),
                audio.sampleRate(),
                clipped == 0 ? "" : ", " + clipped + " samples were too loud and held at the limit");
    }
}
