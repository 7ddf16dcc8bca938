package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.moshi.Sampling;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.moshi.MoshiCheckpoint;
import org.openmoshi.train.moshi.Talk;
import org.openmoshi.train.text.TextTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A conversation with a recorded user. */
@Command(
        name = "talk",
        description = "Lets Moshi answer a recorded user, frame by frame as in a live conversation.",
        footer = {
            "",
            "Example:",
            "  openmoshi talk --model runs/lm --checkpoint runs/codec --tokenizer words.model \\",
            "      --user question.wav --out reply.wav",
            "",
            "reply.wav is stereo: Moshi on the left, the user on the right. What Moshi says is printed with its times."
        })
final class TalkCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "RUN",
            description = "The language model: the folder of a training run or of one of its checkpoints.")
    @SuppressWarnings("NullAway.Init") // required
    private Path model;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "MODEL",
            description = "The text tokenizer, a SentencePiece .model file.")
    @SuppressWarnings("NullAway.Init") // required
    private Path tokenizer;

    @Option(names = "--user", required = true, paramLabel = "AUDIO", description = "What the user says.")
    @SuppressWarnings("NullAway.Init") // required
    private Path user;

    @Option(names = "--out", required = true, paramLabel = "WAV", description = "The conversation to write.")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Option(
            names = "--extra",
            paramLabel = "SECONDS",
            defaultValue = "2",
            description = "Silence after the user. Default: ${DEFAULT-VALUE}.")
    private double extra;

    @Option(names = "--seed", defaultValue = "1", description = "Of the random choices. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--text-temperature",
            paramLabel = "T",
            defaultValue = "0.7",
            description = "0 for the likeliest words. Default: ${DEFAULT-VALUE}.")
    private double textTemperature;

    @Option(
            names = "--audio-temperature",
            paramLabel = "T",
            defaultValue = "0.8",
            description = "0 for the likeliest codes. Default: ${DEFAULT-VALUE}.")
    private double audioTemperature;

    @Override
    public Integer call() throws IOException {
        OutputFile.check(spec, output, ".wav", user, codec.checkpoint());
        Talk.Settings settings = new Talk.Settings(
                new Sampling(textTemperature, Sampling.TEXT.topK(), 0),
                new Sampling(audioTemperature, Sampling.AUDIO.topK(), 0),
                seed,
                extra);
        try (Mimi mimi = codec.load();
                MoshiModel moshi = MoshiCheckpoint.load(model);
                TextTokenizer text = TextTokenizer.read(tokenizer);
                WorkBar bar = new WorkBar("talk")) {
            Talk.Reply reply = new Talk(mimi, moshi, text).answer(AudioFile.read(user), settings, bar);
            WavWriter.writePcm16(output, reply.audio());
            PrintWriter screen = spec.commandLine().getOut();
            screen.println(reply.monologue().isEmpty() ? "(Moshi said no word)" : reply.monologue());
            screen.printf(
                    Locale.ROOT,
                    "%s: %.1f s, %.1f ms per frame of %.0f ms%n",
                    output,
                    reply.audio().duration(),
                    1e3 * reply.secondsPerFrame(),
                    1e3 / mimi.config().frameRate());
            screen.flush();
        }
        return 0;
    }
}
