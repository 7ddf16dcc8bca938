package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.moshi.Conversation;
import org.openmoshi.train.moshi.DialogueBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Single recordings to conversations. */
@Command(
        name = "dialogue",
        description = "Makes conversations of recordings of single sentences.",
        footer = {
            "",
            "TRANSCRIPTS has lines of a file name, a tab, and what is said in it. The folder gets talks.jsonl, and a stereo",
            "recording and its words for each conversation: a data set that 'data tokenize' reads. Word times are shared",
            "out over each recording by letters, which is approximate.",
            "",
            "Example:",
            "  openmoshi data dialogue --count 60 --seconds 40 speech/transcripts.tsv talks"
        })
final class DataDialogueCommand implements Callable<Integer> {
    private static final int SAMPLE_RATE = 24_000; // the codec's

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TRANSCRIPTS", description = "The list of recordings and their texts.")
    @SuppressWarnings("NullAway.Init") // required
    private Path transcripts;

    @Parameters(index = "1", paramLabel = "TALKS", description = "The folder to write; must be new or empty.")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Option(names = "--count", defaultValue = "60", description = "Conversations. Default: ${DEFAULT-VALUE}.")
    private int count;

    @Option(names = "--seconds", defaultValue = "40", description = "Length of each. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--shortest-gap",
            paramLabel = "SECONDS",
            defaultValue = "-0.3",
            description = "Between turns; negative for overlaps. Default: ${DEFAULT-VALUE}.")
    private double shortestGap;

    @Option(
            names = "--longest-gap",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Between turns. Default: ${DEFAULT-VALUE}.")
    private double longestGap;

    @Option(names = "--seed", defaultValue = "1", description = "Of all choices. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Override
    public Integer call() throws IOException {
        DataTokenizeCommand.requireEmpty(output);
        DialogueBuilder builder = new DialogueBuilder(
                DialogueBuilder.read(transcripts),
                new DialogueBuilder.Settings(SAMPLE_RATE, seconds, shortestGap, longestGap, seed));
        Files.createDirectories(output);
        List<String> lines = new ArrayList<>();
        try (WorkBar bar = new WorkBar("dialogue")) {
            for (int i = 0; i < count; i++) {
                bar.accept((double) i / count);
                String name = String.format(Locale.ROOT, "talk-%04d", i);
                DialogueBuilder.Dialogue dialogue = builder.build(i);
                WavWriter.writePcm16(output.resolve(name + ".wav"), dialogue.audio());
                Conversation.writeWords(output.resolve(name + ".json"), dialogue.words());
                lines.add(String.format(Locale.ROOT, "{\"path\": \"%s.wav\", \"duration\": %.3f}", name, seconds));
            }
        }
        Files.write(output.resolve("talks.jsonl"), lines); // last: with it the data set is complete
        PrintWriter screen = spec.commandLine().getOut();
        screen.printf(
                Locale.ROOT,
                "%s: %d conversations, %.1f minutes%n",
                output.resolve("talks.jsonl"),
                count,
                count * seconds / 60);
        screen.flush();
        return 0;
    }
}
