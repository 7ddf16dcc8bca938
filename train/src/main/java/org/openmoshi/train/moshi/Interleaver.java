package org.openmoshi.train.moshi;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.train.text.TextTokenizer;

/**
 * Lays words beside audio frames (Moshi paper, section 3.4.4): a word's tokens begin in the frame in which it is spoken,
 * the frame before them is marked, and padding fills the rest.
 */
public final class Interleaver {
    private final TextTokenizer tokenizer;
    private final Settings settings;

    /**
     * How words become a stream.
     *
     * @param frameRate frames per second
     * @param padding token of a frame without text
     * @param endOfPadding token of the frame before a word
     * @param mainOnly whether only the main speaker's words are kept
     * @param turns whether {@code <s>} stands before a turn of the main speaker and {@code </s>} before another's
     * @param keepAll whether tokens that a next word would cut off are moved behind instead
     * @param audioDelay seconds by which the text runs ahead of the audio; behind it when negative
     */
    public record Settings(
            double frameRate,
            int padding,
            int endOfPadding,
            boolean mainOnly,
            boolean turns,
            boolean keepAll,
            double audioDelay) {
        /** Moshi's: the main speaker's words, where they are spoken. */
        public static Settings of(double frameRate, int padding, int endOfPadding) {
            return new Settings(frameRate, padding, endOfPadding, true, false, false, 0);
        }
    }

    /** A word as tokens. */
    private record Word(List<Integer> tokens, double start, double end, String speaker) {}

    /** An interleaver that uses, and does not own, a tokenizer. */
    public Interleaver(TextTokenizer tokenizer, Settings settings) {
        this.tokenizer = tokenizer;
        this.settings = settings;
    }

    /** The text stream of a recording, one token per frame; words may come in any order. */
    public long[] stream(List<Alignment> alignments, double seconds) {
        List<Word> words = alignments.stream()
                .sorted(Comparator.comparingDouble(Alignment::start))
                .map(this::word)
                .filter(word -> !settings.mainOnly() || word.speaker().equals(Alignment.MAIN))
                .toList();
        if (settings.turns() && !settings.mainOnly()) {
            words = withTurns(words);
        }
        double delay = settings.audioDelay();
        words = words.stream()
                .filter(word -> word.start() < word.end() && word.end() > delay)
                .toList();
        return lay(words, (int) Math.ceil(seconds * settings.frameRate()));
    }

    private Word word(Alignment alignment) {
        List<Integer> tokens = new ArrayList<>();
        for (int token : tokenizer.encode(alignment.word().strip())) {
            tokens.add(token);
        }
        return new Word(tokens, alignment.start(), alignment.end(), alignment.speaker());
    }

    private List<Word> withTurns(List<Word> words) {
        List<Word> marked = new ArrayList<>();
        String last = "";
        for (Word word : words) {
            List<Integer> tokens = new ArrayList<>(word.tokens());
            if (!word.speaker().equals(last) && word.speaker().equals(Alignment.MAIN)) {
                tokens.addFirst(tokenizer.control("<s>"));
            } else if (!word.speaker().equals(last) && last.equals(Alignment.MAIN)) {
                tokens.addFirst(tokenizer.control("</s>"));
            }
            last = word.speaker();
            marked.add(new Word(tokens, word.start(), word.end(), word.speaker()));
        }
        return marked;
    }

    private long[] lay(List<Word> words, int frames) {
        long[] stream = new long[frames];
        Arrays.fill(stream, settings.padding());
        Deque<Integer> waiting = new ArrayDeque<>();
        double delay = settings.audioDelay();
        int next = 0;
        for (int frame = 0; frame < frames; frame++) {
            while (next < words.size() && (words.get(next).start() - delay) * settings.frameRate() < frame + 1) {
                if (!settings.keepAll()) {
                    waiting.clear();
                }
                waiting.addAll(words.get(next++).tokens());
            }
            if (!waiting.isEmpty()) {
                if (frame > 0 && stream[frame - 1] == settings.padding()) {
                    stream[frame - 1] = settings.endOfPadding();
                }
                stream[frame] = waiting.removeFirst();
            }
        }
        int hidden = delay < 0 ? Math.min(frames, (int) (settings.frameRate() * -delay)) : 0;
        Arrays.fill(stream, 0, hidden, MoshiConfig.ZERO_TOKEN);
        return stream;
    }
}
