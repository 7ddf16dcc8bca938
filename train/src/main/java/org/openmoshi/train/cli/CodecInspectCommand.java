package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.TensorFile;
import org.openmoshi.models.mimi.MimiCheckpoint;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.MimiLayout;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.codec.CodecFile;
import org.openmoshi.train.codec.CodesFile;
import org.openmoshi.train.codec.CodesOrigin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a file or folder is. */
@Command(
        name = "inspect",
        description = "Says what a file or folder is: a codec, codes, or other tensors.",
        footer = {
            "",
            "Of a codec: layout, configuration, parameters, types, codebooks and how evenly training used them.",
            "Of codes: what made them, how long they are, and whether all of them can be read; exit code 1 if not."
        })
final class CodecInspectCommand implements Callable<Integer> {
    private static final int LISTED = 10;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "FILE|FOLDER",
            description = "A .mimi or .safetensors file, an index of shards, a codec's folder, or a training run's.")
    @SuppressWarnings("NullAway.Init") // required
    private Path input;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try (Scope _ = Scope.open()) {
            return inspect(out);
        } finally {
            out.flush();
        }
    }

    private int inspect(PrintWriter out) throws IOException {
        if (CodesFile.isCodes(input)) {
            return printCodes(out, CodesFile.read(input));
        }
        Path file = Files.isDirectory(input) ? CodecFile.file(input) : input;
        if (!file.equals(input)) {
            row(out, "codec of the run", file);
        }
        if (!Files.isDirectory(file)) {
            try (TensorFile tensors = TensorFile.open(file)) {
                if (MimiLayout.of(tensors).isEmpty()) {
                    row(out, "what", "tensors, of no codec");
                    printTensors(out, tensors);
                    return 0;
                }
            }
        }
        try (MimiCheckpoint checkpoint = MimiCheckpoint.open(file)) {
            printCodec(out, checkpoint);
        }
        return 0;
    }

    private static void printCodec(PrintWriter out, MimiCheckpoint checkpoint) throws CheckpointException {
        MimiConfig config = checkpoint.config();
        int codebooks = config.quantizer().nQ();
        row(out, "what", "Mimi codec, names of " + checkpoint.layout().title());
        row(out, "configuration", config.toJson());
        row(
                out,
                "frames",
                "%d samples at %d Hz, %s per second",
                config.frameSize(),
                config.sampleRate(),
                config.frameRate());
        row(out, "parameters", "%,d", checkpoint.parameterCount());
        row(out, "weight norm", checkpoint.hasWeightNorm() ? "as in training" : "folded");
        row(
                out,
                "codebooks",
                "1 semantic, %d acoustic, each %d vectors of %d; all make %.0f bit/s",
                codebooks - 1,
                config.quantizer().bins(),
                config.quantizer().dimension(),
                config.bitrate(codebooks));
        row(
                out,
                "entropy of use",
                checkpoint.codebookEntropies().stream()
                        .map(entropy -> String.format(Locale.ROOT, "%.2f", entropy))
                        .collect(Collectors.joining(" ")));
        printTensors(out, checkpoint.source());
    }

    private static void printTensors(PrintWriter out, TensorFile file) throws CheckpointException {
        Map<String, long[]> types = new TreeMap<>(); // tensors, bytes
        for (String name : file.names()) {
            long[] sums = types.computeIfAbsent(file.dtype(name).name(), type -> new long[2]);
            sums[0]++;
            sums[1] += file.shape(name).size() * file.dtype(name).bytes();
        }
        types.forEach((type, sums) -> row(out, "stored as " + type, "%d tensors, %.1f MB", sums[0], sums[1] / 1e6));
        List<String> names = file.names().stream().limit(LISTED).toList();
        for (String name : names) {
            row(out, "", "%s %s", name, file.shape(name));
        }
        if (file.names().size() > LISTED) {
            row(out, "", "and %d more", file.names().size() - LISTED);
        }
        file.metadata().forEach((key, value) -> row(out, "metadata", "%s = %s", key, value));
    }

    private static int printCodes(PrintWriter out, CodesFile codes) {
        CodesOrigin origin = codes.origin();
        double seconds = (double) codes.length() / origin.sampleRate();
        row(out, "what", "codes of one recording");
        row(out, "recording", "%.2f s, %d samples at %d Hz", seconds, codes.length(), origin.sampleRate());
        row(out, "frames", "%d, %s per second", codes.codes().dim(2), origin.frameRate());
        row(
                out,
                "codebooks",
                "%d of %d vectors, %.0f bit/s",
                origin.codebooks(),
                origin.codebookSize(),
                origin.bitrate());
        row(
                out,
                "codes in use",
                Arrays.stream(codes.used()).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        row(out, "made by", "the codec of fingerprint " + origin.fingerprint());
        row(out, "health", codes.damage() == null ? "whole" : "damaged: " + codes.damage());
        return codes.damage() == null ? 0 : 1;
    }

    private static void row(PrintWriter out, String name, String format, Object... values) {
        row(out, name, String.format(Locale.ROOT, format, values));
    }

    private static void row(PrintWriter out, String name, Object text) {
        out.printf("%-17s %s%n", name, text);
    }
}
