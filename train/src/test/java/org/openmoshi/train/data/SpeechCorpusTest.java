package org.openmoshi.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;

class SpeechCorpusTest {

    @TempDir
    Path folder;

    @Test
    void speaksTheSameForTheSameSeed() throws Exception {
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        AtomicInteger calls = new AtomicInteger();
        SpeechCorpus.generate(one, 6, 3, done -> calls.incrementAndGet());
        assertThat(calls).hasValue(6);
        SpeechCorpus.generate(two, 6, 3, done -> {});
        List<String> transcripts = Files.readAllLines(one.resolve(SpeechCorpus.TRANSCRIPTS));
        assertThat(transcripts).hasSize(6);
        for (String line : transcripts) {
            String name = line.split("\t")[0];
            assertThat(two.resolve(name)).hasSameBinaryContentAs(one.resolve(name));
            Audio speech = AudioFile.read(one.resolve(name));
            assertThat(speech.sampleRate()).isEqualTo(16_000);
            assertThat(speech.duration()).isBetween(1.0, 15.0);
            float peak = 0;
            for (float sample : speech.mixDown()) {
                peak = Math.max(peak, Math.abs(sample));
            }
            assertThat(peak).isBetween(0.24f, 0.9f);
        }
        assertThat(AudioDataset.scan(one).clips()).hasSize(6);
        assertThat(folder.resolve("one.part")).doesNotExist();
    }

    @Test
    void keepsWhatIsThereAndReplacesWhatDiffers() throws Exception {
        Path corpus = folder.resolve("corpus");
        SpeechCorpus.generate(corpus, 2, 3, done -> {});
        Path first = corpus.resolve("kevin-0000.wav");
        byte[] before = Files.readAllBytes(first);
        Files.write(first, new byte[] {1});
        SpeechCorpus.generate(corpus, 2, 3, done -> {});
        assertThat(first).hasBinaryContent(new byte[] {1});
        SpeechCorpus.generate(corpus, 1, 3, done -> {});
        assertThat(first).hasBinaryContent(before);
        assertThat(corpus.resolve("kevin-0001.wav")).doesNotExist();
    }

    @Test
    void refusesAFolderThatHoldsSomethingElse() throws Exception {
        Files.writeString(folder.resolve("thesis.txt"), "precious");
        assertThatThrownBy(() -> SpeechCorpus.generate(folder, 1, 3, done -> {}))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("holds other files");
        assertThat(folder.resolve("thesis.txt")).hasContent("precious");
    }

    @Test
    void hasManyDifferentSentences() {
        List<String> sentences = SpeechCorpus.sentences();
        assertThat(sentences).hasSizeGreaterThanOrEqualTo(150).noneMatch(String::isBlank);
        assertThat(new HashSet<>(sentences)).hasSameSizeAs(sentences);
    }
}
