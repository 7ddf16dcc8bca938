package org.openmoshi.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.AudioFixtures;
import org.openmoshi.train.audio.WavWriter;

class AudioDatasetTest {

    @TempDir
    Path folder;

    @Test
    void findsAudioBelowAFolderInTheOrderOfNames() throws IOException {
        wav("b.wav", 1);
        wav("deep/er/a.WAV", 2);
        wav("a.wav", 0.5);
        Files.writeString(folder.resolve("transcripts.tsv"), "a\thello");
        wav("._a.wav", 1);
        AudioDataset dataset = AudioDataset.scan(folder);
        assertThat(dataset.clips()).extracting(Clip::name).containsExactly("a.wav", "b.wav", "deep/er/a.WAV");
        assertThat(dataset.duration()).isCloseTo(3.5, within(1e-9));
        assertThat(dataset.summary()).isEqualTo("3 audio files, 0.1 minutes, from " + folder);
    }

    @Test
    void skipsBadFilesAndSaysWhy() throws IOException {
        wav("good.wav", 1);
        wav("short.wav", 0.01);
        Files.write(folder.resolve("empty.flac"), new byte[0]);
        Files.writeString(folder.resolve("text.mp3"), "not audio at all");
        byte[] whole = Files.readAllBytes(wav("cut.wav", 1));
        Files.write(folder.resolve("cut.wav"), Arrays.copyOf(whole, 1000));
        AudioDataset dataset = AudioDataset.scan(folder);
        assertThat(dataset.clips()).extracting(Clip::name).containsExactly("good.wav");
        assertThat(dataset.skipped())
                .extracting(AudioDataset.Skipped::name)
                .containsExactlyInAnyOrder("short.wav", "empty.flac", "text.mp3", "cut.wav");
        assertThat(dataset.summary())
                .contains("1 audio file,")
                .contains("skipped 4: ")
                .contains("empty.flac (is empty (0 bytes))")
                .contains("short.wav (too short: 0.0100 s, at least 0.1 s are needed)")
                .contains("text.mp3 (is not audio of a known kind)")
                .contains("cut.wav (truncated: ");
    }

    @Test
    void refusesAFolderWithoutUsableAudio() throws IOException {
        assertThatThrownBy(() -> AudioDataset.scan(folder.resolve("none")))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("no such folder or manifest");
        assertThatThrownBy(() -> AudioDataset.scan(folder))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("no audio files in folder " + folder);
        Files.write(folder.resolve("empty.wav"), new byte[0]);
        assertThatThrownBy(() -> AudioDataset.scan(folder))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("none of the 1 audio files")
                .hasMessageContaining("empty.wav (is empty");
    }

    @Test
    void followsLinksButNotInCircles() throws IOException {
        wav("a.wav", 1);
        Path elsewhere = Files.createDirectory(folder.resolve("data"));
        Files.createSymbolicLink(elsewhere.resolve("linked.wav"), folder.resolve("a.wav"));
        Files.createSymbolicLink(elsewhere.resolve("circle"), folder);
        AudioDataset dataset = AudioDataset.scan(folder);
        assertThat(dataset.clips()).extracting(Clip::name).containsExactly("a.wav", "data/linked.wav");
        assertThat(dataset.skipped()).extracting(AudioDataset.Skipped::name).containsExactly("data/circle");
    }

    @Test
    void readsManifestsOfBothKinds() throws IOException {
        wav("x/a.wav", 1);
        Path outside = wav("b.wav", 2);
        Path list = Files.writeString(folder.resolve("x/list.txt"), "a.wav\n\n" + outside + "\nmissing.wav\n");
        AudioDataset fromList = AudioDataset.scan(list);
        assertThat(fromList.clips()).extracting(Clip::duration).containsExactlyInAnyOrder(1.0, 2.0);
        assertThat(fromList.summary()).contains("skipped 1: missing.wav (does not exist)");
        Path json = Files.writeString(
                folder.resolve("x/list.jsonl"),
                "{\"path\": \"a.wav\", \"duration\": 0.75, \"text\": \"more\"}\n{\"path\": \"../b.wav\"}\n"
                        + "{\"path\": \"gone.wav\", \"duration\": 3}\n");
        AudioDataset fromJson = AudioDataset.scan(json);
        assertThat(fromJson.clips()).extracting(Clip::duration).containsExactlyInAnyOrder(0.75, 2.0);
        assertThat(fromJson.summary()).contains("skipped 1: gone.wav (does not exist)");
    }

    @Test
    void namesTheBadLineOfAManifest() throws IOException {
        assertManifestError("{\"path\": \"a.wav\"}\n{\"path\": ", "line 2: not valid JSON");
        assertManifestError("{\"file\": \"a.wav\"}", "line 1: needs \"path\"");
        assertManifestError("{\"path\": \"a.wav\", \"duration\": \"long\"}", "line 1: \"duration\" must be a positive");
        assertManifestError("{\"path\": \"a.wav\", \"duration\": -1}", "line 1: \"duration\" must be a positive");
        assertManifestError("\n  \n", "names no files");
        Path audio = wav("a.wav", 1);
        assertThatThrownBy(() -> AudioDataset.scan(audio))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("is not text");
    }

    private void assertManifestError(String content, String message) throws IOException {
        Path manifest = Files.writeString(folder.resolve("list.jsonl"), content);
        assertThatThrownBy(() -> AudioDataset.scan(manifest))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining(message);
    }

    @Test
    void keepsFilesOnTheirSideOfTheSplit() throws IOException {
        Path here = Files.createDirectory(folder.resolve("here"));
        Path there = Files.createDirectory(folder.resolve("there"));
        for (int i = 0; i < 60; i++) {
            wav("here/" + i + ".wav", 0.1);
            wav("there/" + i + ".wav", 0.1);
        }
        for (int i = 60; i < 100; i++) {
            wav("there/" + i + ".wav", 0.1);
        }
        AudioDataset.Split small = AudioDataset.scan(here).split(0.2);
        AudioDataset.Split large = AudioDataset.scan(there).split(0.2);
        assertThat(names(large.validation())).containsAll(names(small.validation()));
        assertThat(names(large.training())).containsAll(names(small.training()));
        assertThat(large.validation().clips()).hasSizeBetween(10, 32);
        assertThat(names(large.training())).doesNotContainAnyElementsOf(names(large.validation()));
        assertThat(large.training().clips().size() + large.validation().clips().size())
                .isEqualTo(100);
    }

    @Test
    void leavesNoSideOfTheSplitEmpty() throws IOException {
        wav("a.wav", 0.2);
        AudioDataset one = AudioDataset.scan(folder);
        assertThat(one.split(0.5).training().clips()).hasSize(1);
        assertThat(one.split(0.999).training().clips()).hasSize(1);
        wav("b.wav", 0.2);
        AudioDataset two = AudioDataset.scan(folder);
        for (double share : new double[] {1e-9, 0.5, 0.999_999}) {
            assertThat(two.split(share).training().clips()).as("%s", share).hasSize(1);
            assertThat(two.split(share).validation().clips()).hasSize(1);
        }
        assertThat(two.split(0).validation().clips()).isEmpty();
        assertThatThrownBy(() -> two.split(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsRealSpeech() throws IOException {
        String shared = System.getProperty("openmoshi.shared");
        assumeThat(shared)
                .as("-Dopenmoshi.shared names a folder with speech/en")
                .isNotBlank();
        AudioDataset dataset = AudioDataset.scan(Path.of(shared, "speech"));
        assertThat(dataset.clips()).hasSize(552);
        assertThat(dataset.skipped()).isEmpty();
        assertThat(dataset.duration() / 60).isBetween(24.0, 26.0);
    }

    private static List<String> names(AudioDataset dataset) {
        return dataset.clips().stream().map(Clip::name).toList();
    }

    private Path wav(String name, double seconds) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        WavWriter.writePcm16(file, AudioFixtures.tone(8000, 1, (int) Math.round(8000 * seconds)));
        return file;
    }
}
