package org.openmoshi.train.moshi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.audio.AudioFile;

/**
 * Makes conversations of single recordings: two speakers take turns with recordings drawn at random, each on a channel of
 * its own, with gaps between turns that may be negative (overlaps). A word's time is its share of its recording by
 * letters, so it is approximate; who has exact times writes them into the {@code .json} files.
 */
public final class DialogueBuilder {
    private static final String USER = "SPEAKER_USER";

    private final List<Utterance> utterances;
    private final Settings settings;

    /** A recording and what is said in it. */
    public record Utterance(Path audio, String text) {}

    /**
     * How conversations are made.
     *
     * @param sampleRate Hz
     * @param seconds length of each
     * @param shortestGap seconds between turns; negative for an overlap
     * @param longestGap likewise; gaps are drawn evenly between the two
     * @param seed of all choices
     */
    public record Settings(int sampleRate, double seconds, double shortestGap, double longestGap, long seed) {
        /** Checks the values. */
        public Settings {
            if (!(seconds > 0 && seconds <= 3600)) {
                throw new IllegalArgumentException(
                        "a conversation of " + seconds + " s; must be above 0 and at most 3600");
            }
            if (!(shortestGap <= longestGap)) {
                throw new IllegalArgumentException(
                        "the shortest gap, " + shortestGap + " s, is longer than the longest, " + longestGap + " s");
            }
        }
    }

    /** A conversation: stereo, Moshi on the left, with the words of both. */
    public record Dialogue(Audio audio, List<Alignment> words) {}

    /** Draws from the given recordings. */
    public DialogueBuilder(List<Utterance> utterances, Settings settings) {
        if (utterances.isEmpty()) {
            throw new IllegalArgumentException("there is no recording to make conversations of");
        }
        this.utterances = List.copyOf(utterances);
        this.settings = settings;
    }

    /**
     * Reads a list of recordings: lines of a file name, a tab and the text. The files lie beside the list or in a folder
     * below it.
     *
     * @throws IOException when the list cannot be read, or a line has no tab
     */
    public static List<Utterance> read(Path transcripts) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(transcripts);
        } catch (NoSuchFileException e) {
            throw new IOException("no transcripts " + transcripts + ": name a file of lines 'file name<tab>text'", e);
        }
        Map<String, Path> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(transcripts.toAbsolutePath().getParent())) {
            all.sorted(Comparator.reverseOrder()).forEach(file -> files.put(String.valueOf(file.getFileName()), file));
        }
        List<Utterance> utterances = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String[] cells = lines.get(i).split("\t", 2);
            if (cells.length == 2) {
                Path file = files.getOrDefault(cells[0], transcripts.resolveSibling(cells[0]));
                utterances.add(new Utterance(file, cells[1].strip()));
            } else if (!lines.get(i).isBlank()) {
                throw new IOException(transcripts + " line " + (i + 1) + " has no tab between file name and text");
            }
        }
        return utterances;
    }

    /** Conversation {@code number}: the same whenever it is made with the same settings. */
    public Dialogue build(long number) throws AudioException {
        SplittableRandom random = new SplittableRandom(settings.seed() ^ (number + 1) * 0x9E3779B97F4A7C15L);
        int length = (int) (settings.seconds() * settings.sampleRate());
        float[][] sides = new float[2][length];
        List<Alignment> words = new ArrayList<>();
        boolean moshi = random.nextBoolean();
        double at = gap(random, 0, Math.max(0, settings.longestGap()));
        while (at < settings.seconds()) {
            Utterance utterance = utterances.get(random.nextInt(utterances.size()));
            Audio audio = AudioFile.read(utterance.audio()).toMono(settings.sampleRate());
            mix(audio.mixDown(), sides[moshi ? 0 : 1], (int) (at * settings.sampleRate()));
            addWords(words, utterance.text(), at, audio.duration(), moshi ? Alignment.MAIN : USER);
            at = Math.max(0, at + audio.duration() + gap(random, settings.shortestGap(), settings.longestGap()));
            moshi = !moshi;
        }
        return new Dialogue(new Audio(settings.sampleRate(), sides), words);
    }

    private static double gap(SplittableRandom random, double shortest, double longest) {
        return shortest + (longest - shortest) * random.nextDouble();
    }

    private static void mix(float[] samples, float[] side, int start) {
        int count = Math.min(samples.length, side.length - start);
        for (int i = 0; i < count; i++) {
            side[start + i] += samples[i];
        }
    }

    private void addWords(List<Alignment> words, String text, double start, double duration, String speaker) {
        String[] all = Arrays.stream(text.split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toArray(String[]::new);
        double letters = Arrays.stream(all).mapToInt(word -> word.length() + 1).sum();
        double at = start;
        for (String word : all) {
            double end = at + duration * (word.length() + 1) / letters;
            if (end <= settings.seconds()) {
                words.add(new Alignment(word, at, end, speaker));
            }
            at = end;
        }
    }
}
