package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.audio.WavWriter;
import org.openmoshi.train.moshi.Alignment;
import org.openmoshi.train.moshi.Conversation;

class DataDialogueCommandTest {
    private static final int RATE = 16_000;

    @TempDir
    private Path folder;

    private Path transcripts() throws IOException {
        for (int i = 0; i < 3; i++) {
            float[] samples = new float[RATE / 2 * (i + 1)];
            java.util.Arrays.fill(samples, 0.25f);
            WavWriter.writePcm16(folder.resolve("s" + i + ".wav"), Audio.mono(RATE, samples));
        }
        return Files.writeString(
                folder.resolve("transcripts.tsv"), "s0.wav\tyes\ns1.wav\tgood morning\ns2.wav\tand so on\n");
    }

    @Test
    void speakersTakeTurnsOnChannelsOfTheirOwn() throws IOException {
        Path talks = folder.resolve("talks");
        CommandRun.of(
                        "data",
                        "dialogue",
                        "--count",
                        "2",
                        "--seconds",
                        "12",
                        "--shortest-gap",
                        "0.2",
                        transcripts(),
                        talks)
                .succeeded();
        Conversation.Listing listing = Conversation.list(talks.resolve("talks.jsonl"));
        assertThat(listing.skipped()).isEmpty();
        assertThat(listing.conversations()).hasSize(2);
        Conversation talk = listing.conversations().getFirst();
        Audio audio = AudioFile.read(talk.audio());
        assertThat(audio.duration()).isEqualTo(12);
        for (Alignment word : talk.words()) { // with gaps, only the side that speaks sounds
            int middle = (int) ((word.start() + word.end()) / 2 * audio.sampleRate());
            boolean moshi = word.speaker().equals(Alignment.MAIN);
            assertThat(audio.channels()[moshi ? 0 : 1][middle]).isGreaterThan(0.1f);
            assertThat(audio.channels()[moshi ? 1 : 0][middle]).isZero();
        }
        assertThat(talk.words()).extracting(Alignment::speaker).contains(Alignment.MAIN, "SPEAKER_USER");

        Path again = folder.resolve("again");
        CommandRun.of(
                        "data",
                        "dialogue",
                        "--count",
                        "1",
                        "--seconds",
                        "12",
                        "--shortest-gap",
                        "0.2",
                        folder.resolve("transcripts.tsv"),
                        again)
                .succeeded();
        for (String file : List.of("talk-0000.wav", "talk-0000.json")) {
            assertThat(again.resolve(file)).hasSameBinaryContentAs(talks.resolve(file));
        }
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        CommandRun.of("data", "dialogue", folder.resolve("none.tsv"), folder.resolve("talks"))
                .failedSaying("name a file of lines 'file name<tab>text'");
        Path bad = Files.writeString(folder.resolve("bad.tsv"), "no tab\n");
        CommandRun.of("data", "dialogue", bad, folder.resolve("talks")).failedSaying("bad.tsv line 1 has no tab");
        Path absent = Files.writeString(folder.resolve("absent.tsv"), "absent.wav\thello\n");
        CommandRun.of("data", "dialogue", absent, folder.resolve("talks")).failedSaying("absent.wav");
        CommandRun.of("data", "dialogue", "--seconds", "0", transcripts(), folder.resolve("other"))
                .failedSaying("a conversation of 0.0 s; must be above 0");
    }
}
