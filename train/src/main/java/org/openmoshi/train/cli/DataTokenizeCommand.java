package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.codec.Fingerprint;
import org.openmoshi.train.moshi.Conversation;
import org.openmoshi.train.moshi.Interleaver;
import org.openmoshi.train.moshi.TokenShards;
import org.openmoshi.train.moshi.Tokenization;
import org.openmoshi.train.text.TextTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Recordings and words to tokens. */
@Command(
        name = "tokenize",
        description = "Turns conversations into tokens that 'train moshi' reads.",
        footer = {
            "",
            "LIST is the list of a moshi-finetune data set: lines of {\"path\": \"talk.wav\", \"duration\": 12.3}.",
            "The recordings are stereo, Moshi left and the user right; beside each stands talk.json:",
            "  {\"alignments\": [[\"hello\", [0.12, 0.48], \"SPEAKER_MAIN\"], ...]}, times in seconds.",
            "",
            "Example:",
            "  openmoshi data tokenize --checkpoint runs/codec --tokenizer words.model talks.jsonl tokens"
        })
final class DataTokenizeCommand implements Callable<Integer> {
    private static final int PADDING = 3; // Moshi's text tokens
    private static final int END_OF_PADDING = 0;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "LIST", description = "The .jsonl list of conversations.")
    @SuppressWarnings("NullAway.Init") // required
    private Path list;

    @Parameters(index = "1", paramLabel = "TOKENS", description = "The folder to write; must be new or empty.")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "MODEL",
            description = "The text tokenizer, a SentencePiece .model file.")
    @SuppressWarnings("NullAway.Init") // required
    private Path tokenizer;

    @Option(
            names = "--codebooks",
            paramLabel = "N",
            defaultValue = "8",
            description = "Codebooks of the codec to use. Default: ${DEFAULT-VALUE}.")
    private int codebooks;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Override
    public Integer call() throws IOException {
        PrintWriter screen = spec.commandLine().getOut();
        requireEmpty(output);
        Conversation.Listing listing = Conversation.list(list);
        List<Conversation.Skipped> skipped = new ArrayList<>(listing.skipped());
        int written = 0;
        try (Mimi mimi = codec.load();
                TextTokenizer text = TextTokenizer.read(tokenizer);
                WorkBar bar = new WorkBar("tokenize")) {
            if (codebooks < 1 || codebooks > mimi.config().quantizer().nQ()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--codebooks is " + codebooks + ", the codec has "
                                + mimi.config().quantizer().nQ());
            }
            Interleaver interleaver =
                    new Interleaver(text, Interleaver.Settings.of(mimi.config().frameRate(), PADDING, END_OF_PADDING));
            Tokenization tokenization = new Tokenization(mimi, interleaver, codebooks);
            TokenShards.Writer writer = new TokenShards.Writer(
                    output, tokenization.identity(Fingerprint.of(mimi), text.fingerprint(), text.vocabularySize()));
            List<Conversation> all = listing.conversations();
            for (int i = 0; i < all.size(); i++) {
                bar.accept((double) i / all.size());
                try {
                    writer.add(all.get(i).name(), tokenization.tokens(all.get(i)));
                    written++;
                } catch (AudioException e) {
                    skipped.add(new Conversation.Skipped(all.get(i).name(), e.problem()));
                }
            }
            if (written == 0) {
                throw new IOException(list + " has no conversation that can be used"
                        + (skipped.isEmpty()
                                ? ""
                                : ": " + skipped.getFirst().name() + ": "
                                        + skipped.getFirst().reason()));
            }
            writer.finish();
        }
        skipped.forEach(entry -> screen.println("skipped " + entry.name() + ": " + entry.reason()));
        try (TokenShards shards = TokenShards.open(output)) {
            screen.printf(
                    Locale.ROOT,
                    "%s: %d conversations, %.1f minutes, %d streams; %d skipped%n",
                    output,
                    written,
                    shards.frames() / shards.identity().frameRate() / 60,
                    shards.identity().streams(),
                    skipped.size());
        }
        screen.flush();
        return 0;
    }

    /** Refuses a folder that has something in it. */
    static void requireEmpty(Path output) throws IOException {
        if (Files.exists(output)) {
            try (var entries = Files.list(output)) {
                if (entries.findAny().isPresent()) {
                    throw new IOException(output + " is not empty: name a new folder");
                }
            }
        }
    }
}
