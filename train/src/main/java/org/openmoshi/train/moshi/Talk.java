package org.openmoshi.train.moshi;

import java.util.Locale;
import java.util.function.DoubleConsumer;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiStream;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.moshi.MoshiStream;
import org.openmoshi.models.moshi.Sampling;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.text.Detokenizer;
import org.openmoshi.train.text.TextTokenizer;

/**
 * A conversation with a recorded user, frame by frame as it would be with a live one: the user's frame through the codec's
 * stream, a step of the language model, Moshi's frame through the codec's stream.
 */
public final class Talk {
    private final Mimi mimi;
    private final MoshiModel model;
    private final TextTokenizer tokenizer;

    /** How Moshi speaks. */
    public record Settings(Sampling text, Sampling audio, long seed, double extraSeconds) {}

    /**
     * What came of it.
     *
     * @param audio stereo at the codec's rate: Moshi on the left, the user on the right
     * @param monologue Moshi's text, a line per group of words with the time at which it begins
     * @param secondsPerFrame mean time that a frame took
     */
    public record Reply(Audio audio, String monologue, double secondsPerFrame) {}

    /**
     * Uses, and does not own, the models.
     *
     * @throws ConfigException when they do not fit
     */
    public Talk(Mimi mimi, MoshiModel model, TextTokenizer tokenizer) {
        this.mimi = mimi;
        this.model = model;
        this.tokenizer = tokenizer;
        MoshiConfig config = model.config();
        int needed = Math.max(config.depQ(), config.nQ() - config.depQ());
        if (config.depQ() == 0) {
            throw new ConfigException("this language model makes no audio (dep_q is 0)");
        }
        if (mimi.config().quantizer().nQ() < needed || mimi.config().quantizer().bins() != config.card()) {
            throw new ConfigException(
                    "the codec has " + mimi.config().quantizer().nQ() + " codebooks of "
                            + mimi.config().quantizer().bins() + ", the language model needs " + needed + " of "
                            + config.card() + ": name the codec that it was trained with");
        }
        if (tokenizer.vocabularySize() != config.textCard()) {
            throw new ConfigException("the tokenizer has " + tokenizer.vocabularySize() + " tokens, the language model "
                    + config.textCard() + ": name the tokenizer that it was trained with");
        }
    }

    /**
     * Lets Moshi answer.
     *
     * @param user any rate; mixed down
     * @param progress is told the share of the work that is done
     */
    public Reply answer(Audio user, Settings settings, DoubleConsumer progress) {
        MoshiConfig config = model.config();
        int frameSize = mimi.config().frameSize();
        float[] spoken = user.toMono(mimi.config().sampleRate()).mixDown();
        int frames = Math.ceilDiv(spoken.length, frameSize)
                + (int) Math.ceil(settings.extraSeconds() * mimi.config().frameRate());
        float[] right = java.util.Arrays.copyOf(spoken, frames * frameSize);
        float[] left = new float[frames * frameSize];
        Monologue monologue = new Monologue();
        long start = System.nanoTime();
        try (MimiStream ears = mimi.stream(1);
                MimiStream mouth = mimi.stream(1);
                MoshiStream mind =
                        new MoshiStream(model, 1, DType.F32, settings.text(), settings.audio(), settings.seed())) {
            long[][] in = new long[1][];
            long[][] out = new long[1][1 + config.depQ()];
            int complete = 0;
            for (int frame = 0; frame < frames + config.maxDelay(); frame++) {
                progress.accept((double) frame / (frames + config.maxDelay()));
                in[0] = listen(
                        ears, right, Math.min(frame, frames - 1) * frameSize, frame < frames, mind.userStreams());
                if (mind.step(in, out)) {
                    speak(mouth, out[0], left, complete * frameSize);
                    monologue.accept(out[0][0], complete / mimi.config().frameRate());
                    complete++;
                }
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Audio audio = new Audio(mimi.config().sampleRate(), new float[][] {left, right});
        return new Reply(audio, monologue.text(), seconds / (frames + config.maxDelay()));
    }

    /** The codes of a frame; of silence after the end. */
    private long[] listen(MimiStream ears, float[] samples, int from, boolean present, int streams) {
        int frameSize = mimi.config().frameSize();
        float[] frame = new float[frameSize];
        if (present) {
            System.arraycopy(samples, from, frame, 0, frameSize);
        }
        try (Scope _ = Scope.open()) {
            return ears.encode(Tensor.of(frame, 1, 1, frameSize), streams).toLongs();
        }
    }

    private void speak(MimiStream mouth, long[] tokens, float[] samples, int at) {
        try (Scope _ = Scope.open()) {
            Tensor codes = Tensor.of(java.util.Arrays.copyOfRange(tokens, 1, tokens.length), 1, tokens.length - 1L, 1);
            float[] frame = mouth.decode(codes).toFloats();
            System.arraycopy(frame, 0, samples, at, frame.length);
        }
    }

    /** Moshi's words with their times. */
    private final class Monologue {
        private static final double PAUSE = 1; // seconds that begin a new line

        private final Detokenizer detokenizer = new Detokenizer(tokenizer);
        private final StringBuilder lines = new StringBuilder();
        private double last = Double.NEGATIVE_INFINITY;

        void accept(long token, double seconds) {
            if (token == model.config().existingTextPaddingId()
                    || token == model.config().existingTextEndPaddingId()) {
                return;
            }
            String text = detokenizer.accept((int) token);
            if (!text.isEmpty()) {
                if (seconds - last > PAUSE) {
                    lines.append(lines.isEmpty() ? "" : System.lineSeparator())
                            .append(String.format(Locale.ROOT, "%7.2f s  ", seconds));
                    text = text.stripLeading();
                }
                lines.append(text);
                last = seconds;
            }
        }

        String text() {
            return lines + detokenizer.finish();
        }
    }
}
