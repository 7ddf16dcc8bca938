package org.openmoshi.train.data;

import com.sun.speech.freetts.Voice;
import com.sun.speech.freetts.en.us.cmu_us_kal.KevinVoiceDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;

/**
 * A corpus of synthetic English speech for those who have none at hand: FreeTTS's 16 kHz voice {@code kevin16}, with
 * another pitch, pitch range, speaking rate and loudness for each sentence. The same (count, seed) gives the same
 * files.
 */
public final class SpeechCorpus {

    /** Sample rate of the voice in Hz. */
    public static final int SAMPLE_RATE = 16_000;

    /** The texts, tab-separated: file name, sentence. */
    public static final String TRANSCRIPTS = "transcripts.tsv";

    /** Written last and moved into place with the rest: says that the folder is complete and what is in it. */
    private static final String MARKER = ".speech-corpus";

    private SpeechCorpus() {}

    /**
     * Makes the corpus, or does nothing if exactly this one is there already. All is written to a folder beside the
     * target, which then takes its name: the target is complete or absent.
     *
     * @param folder target; an older corpus there is replaced, anything else is refused
     * @param count number of sentences, each its own file; beyond the length of the list it starts again with other
     *     voice settings
     * @param seed of the voice settings
     * @param progress receives the number of finished sentences
     * @throws DatasetException if the folder holds something else
     * @throws IOException if it cannot be written
     */
    public static void generate(Path folder, int count, long seed, IntConsumer progress) throws IOException {
        if (count <= 0) {
            throw new IllegalArgumentException("count must be positive, got " + count);
        }
        String identity = "version 1, " + count + " sentences, seed " + seed + "\n";
        Path marker = folder.resolve(MARKER);
        if (Files.exists(marker) && Files.readString(marker).equals(identity)) {
            progress.accept(count);
            return;
        }
        if (Files.exists(folder) && !Files.exists(marker) && !isEmpty(folder)) {
            throw new DatasetException(
                    folder + " holds other files: name a folder that is empty or does not exist for the speech corpus");
        }
        Path partial = folder.resolveSibling(folder.getFileName() + ".part");
        delete(partial);
        Files.createDirectories(partial);
        List<String> sentences = sentences();
        synthesize(partial, sentences, count, seed, progress);
        List<String> transcripts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            transcripts.add(fileName(i) + "\t" + sentences.get(i % sentences.size()));
        }
        Files.write(partial.resolve(TRANSCRIPTS), transcripts);
        Files.writeString(partial.resolve(MARKER), identity);
        delete(folder);
        Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    /** Deletes a folder and all that is in it, if it exists. */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path done, @Nullable IOException e) throws IOException {
                Files.delete(done);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** The sentences that the corpus is made of, in order. */
    static List<String> sentences() {
        try (InputStream in = SpeechCorpus.class.getResourceAsStream("sentences.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException("sentences.txt cannot be read from the program's own files", e);
        }
    }

    private static String fileName(int index) {
        return String.format(Locale.ROOT, "kevin-%04d.wav", index);
    }

    /** One sentence after the other: voices share tables of FreeTTS that are not safe for several threads. */
    private static void synthesize(Path folder, List<String> sentences, int count, long seed, IntConsumer progress)
            throws IOException {
        Voice voice = newVoice();
        for (int i = 0; i < count; i++) {
            Audio speech = speak(voice, sentences.get(i % sentences.size()), seed, i);
            WavWriter.writePcm16(folder.resolve(fileName(i)), speech);
            progress.accept(i + 1);
        }
        voice.deallocate();
    }

    private static Voice newVoice() {
        for (Voice voice : new KevinVoiceDirectory().getVoices()) {
            if (voice.getName().equals("kevin16")) {
                voice.allocate();
                return voice;
            }
        }
        throw new IllegalStateException("this FreeTTS has no voice kevin16");
    }

    private static Audio speak(Voice voice, String sentence, long seed, int index) {
        voice.setPitch((float) CounterRandom.uniform(seed, index, 0, 75, 165)); // Hz
        voice.setPitchRange((float) CounterRandom.uniform(seed, index, 1, 8, 24)); // Hz
        voice.setRate((float) CounterRandom.uniform(seed, index, 2, 125, 190)); // words per minute
        double peak = Math.pow(10, CounterRandom.uniform(seed, index, 3, -12, -1) / 20);
        SampleCollector collector = new SampleCollector();
        voice.setAudioPlayer(collector);
        if (!voice.speak(sentence)) {
            throw new IllegalStateException("FreeTTS did not speak: " + sentence);
        }
        float[] samples = collector.samples();
        float loudest = 0;
        for (float sample : samples) {
            loudest = Math.max(loudest, Math.abs(sample));
        }
        for (int i = 0; i < samples.length; i++) {
            samples[i] *= (float) (peak / loudest);
        }
        return Audio.mono(SAMPLE_RATE, samples);
    }
}
