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
import org.openmoshi.train.eval.ClipMetrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Audio file to codes and back, measured. */
@Command(
        name = "roundtrip",
        description = "Encodes and decodes an audio file, and measures what the codec made of it.",
        footer = {
            "",
            "SI-SDR and STOI: higher is better; mel distance: lower is better. A neural codec need not keep the"
                    + " waveform, so a good one may have a low SI-SDR."
        })
final class CodecRoundtripCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private EncodeOptions encode = new EncodeOptions();

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
        OutputFile.check(spec, output, ".wav", encode.input(), codec.checkpoint());
        try (Scope _ = Scope.open();
                Mimi mimi = codec.load()) {
            Coder coder = new Coder(mimi);
            Audio original = coder.read(encode.input());
            int levels = encode.codebooks(mimi);
            long start = System.nanoTime();
            Audio decoded = roundtrip(coder, original, levels);
            double seconds = (System.nanoTime() - start) / 1e9;
            WavOutput.write(output, decoded, spec.commandLine().getOut());
            print(spec.commandLine().getOut(), mimi, levels, seconds / original.duration(), compare(original, decoded));
        }
        return 0;
    }

    private static Audio roundtrip(Coder coder, Audio original, int codebooks) {
        CodesFile codes;
        try (WorkBar bar = new WorkBar("encode")) {
            codes = coder.encode(original, codebooks, bar);
        }
        try (WorkBar bar = new WorkBar("decode")) {
            return coder.decode(codes, bar);
        }
    }

    private static ClipMetrics compare(Audio original, Audio decoded) {
        return ClipMetrics.compare(original.mixDown(), decoded.mixDown(), original.sampleRate());
    }

    private static void print(PrintWriter out, Mimi mimi, int codebooks, double realTimeFactor, ClipMetrics metrics) {
        row(out, "bitrate", "%.0f bit/s, %d of %d codebooks", mimi.config().bitrate(codebooks), codebooks, nQ(mimi));
        row(out, "real-time factor", "%.3f, seconds of computing per second of audio", realTimeFactor);
        row(out, "SI-SDR", "%.2f dB", metrics.siSdr());
        row(out, "STOI", "%.3f", metrics.stoi());
        row(out, "mel distance", "%.3f", metrics.melDistance());
        out.flush();
    }

    private static int nQ(Mimi mimi) {
        return mimi.config().quantizer().nQ();
    }

    private static void row(PrintWriter out, String name, String format, Object... values) {
        boolean undefined = values[0] instanceof Double value && value.isNaN();
        String text = undefined ? "undefined: too short or silent" : String.format(Locale.ROOT, format, values);
        out.printf("%-17s %s%n", name, text);
    }
}
