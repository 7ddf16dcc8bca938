package org.openmoshi.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFixtures;
import org.openmoshi.train.audio.WavWriter;

@Timeout(300)
class BatchLoaderTest {

    private static final int RATE = 24_000;
    private static final int WINDOW = 12_000;
    private static final Augmentation GAIN = Augmentation.gain(new GainRange(-12, 12));

    @TempDir
    Path folder;

    @Test
    void givesTheSameBatchesWhateverTheThreadsAndTheCache() throws Exception {
        corpus();
        float[][] expected = load(1, 1, 1L << 30, 0, 12);
        assertThat(Arrays.deepEquals(load(4, 3, 1L << 30, 0, 12), expected)).isTrue();
        assertThat(Arrays.deepEquals(load(2, 2, 0, 0, 12), expected))
                .as("without a cache")
                .isTrue();
    }

    @Test
    void resumesAtAnyBatch() throws Exception {
        corpus();
        float[][] uninterrupted = load(2, 2, 1L << 30, 0, 12);
        float[][] resumed = load(2, 2, 1L << 30, 7, 5);
        assertThat(Arrays.deepEquals(resumed, Arrays.copyOfRange(uninterrupted, 7, 12)))
                .isTrue();
        assertThat(Arrays.equals(uninterrupted[0], uninterrupted[1])).isFalse();
    }

    @Test
    void cutsTheSameWindowOutOfLongAndShortFiles() throws Exception {
        // 61 s are read in place, the same audio as FLAC or as a shorter copy is decoded whole.
        Audio tone = AudioFixtures.tone(8000, 2, 8000 * 61);
        Path longFile = folder.resolve("long.wav");
        WavWriter.writeFloat32(longFile, tone);
        float[] whole = tone.toMono(RATE).channels()[0];
        ClipReader reader = new ClipReader(RATE, 0);
        for (double position : new double[] {0, 0.123, 0.777, 1 - 1e-12}) {
            float[] window = new float[WINDOW];
            reader.read(longFile, position, window, 0, WINDOW);
            int start = (int) (position * (whole.length - WINDOW + 1));
            assertThat(Arrays.mismatch(window, Arrays.copyOfRange(whole, start, start + WINDOW)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void padsShortFilesWithZerosAtTheEnd() throws Exception {
        Path file = folder.resolve("a.wav");
        WavWriter.writeFloat32(file, AudioFixtures.tone(RATE, 1, 5000));
        float[] expected = Arrays.copyOf(AudioFixtures.tone(RATE, 1, 5000).mixDown(), WINDOW);
        float[] window = new float[WINDOW];
        Arrays.fill(window, 9);
        new ClipReader(RATE, 0).read(file, 0.9, window, 0, WINDOW);
        assertThat(Arrays.mismatch(window, expected)).isEqualTo(-1);
    }

    @Test
    void replacesFilesThatBecomeUnreadable() throws Exception {
        corpus();
        List<Clip> clips = AudioDataset.scan(folder).clips();
        Files.delete(folder.resolve("a.wav"));
        Files.write(folder.resolve("b.flac"), new byte[] {1, 2, 3});
        List<float[]> first = new ArrayList<>();
        try (BatchLoader loader = new BatchLoader(clips, options(3, 2, 0), 0)) {
            for (int i = 0; i < 12; i++) {
                first.add(loader.next().samples().clone());
            }
            assertThat(loader.failures()).containsOnlyKeys(folder.resolve("a.wav"), folder.resolve("b.flac"));
            assertThat(loader.failures().get(folder.resolve("a.wav"))).hasMessageContaining("does not exist");
        }
        try (BatchLoader again = new BatchLoader(clips, options(1, 1, 0), 0)) {
            for (float[] batch : first) {
                assertThat(Arrays.mismatch(again.next().samples(), batch)).isEqualTo(-1);
            }
        }
    }

    @Test
    void stopsWhenNothingIsLeft() throws Exception {
        Path only = folder.resolve("a.wav");
        WavWriter.writeFloat32(only, AudioFixtures.tone(RATE, 1, RATE));
        List<Clip> clips = AudioDataset.scan(folder).clips();
        Files.delete(only);
        try (BatchLoader loader = new BatchLoader(clips, options(2, 2, 0), 0)) {
            assertThatThrownBy(loader::next)
                    .isInstanceOf(DatasetException.class)
                    .hasMessageContaining("1 of 1 audio files have become unreadable")
                    .hasMessageContaining(only + ": does not exist");
            assertThatThrownBy(loader::next).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void reusesItsBuffersAndEndsItsThreads() throws Exception {
        corpus();
        BatchLoader loader = new BatchLoader(AudioDataset.scan(folder).clips(), options(2, 2, 1L << 30), 0);
        List<float[]> buffers = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            BatchLoader.Batch batch = loader.next();
            assertThat(batch.index()).isEqualTo(i);
            buffers.add(batch.samples());
        }
        for (int i = 3; i < 9; i++) {
            assertThat(buffers.get(i)).isSameAs(buffers.get(i - 3));
        }
        List<Thread> threads = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("openmoshi-data-"))
                .toList();
        assertThat(threads).isNotEmpty();
        loader.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThatThrownBy(loader::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void saysHowMuchOfAWindowIsSound() throws Exception {
        WavWriter.writeFloat32(folder.resolve("short.wav"), AudioFixtures.tone(RATE, 1, 5000));
        List<Clip> clips = AudioDataset.scan(folder).clips();
        try (BatchLoader loader = new BatchLoader(clips, options(1, 1, 0), 0)) {
            assertThat(loader.next().lengths()).containsExactly(5000, 5000, 5000);
        }
    }

    @Test
    void drawsQuietWindowsAgain() throws Exception {
        float[] samples = new float[RATE * 20];
        for (int i = RATE * 16; i < samples.length; i++) {
            samples[i] = (float) (0.3 * Math.sin(0.1 * i));
        }
        WavWriter.writeFloat32(folder.resolve("late.wav"), Audio.mono(RATE, samples));
        int quiet = silentWindows(-200);
        assertThat(quiet).isBetween(40, 59); // about 16 of 20 seconds, of 60 windows
        assertThat(silentWindows(-60)).isLessThan(quiet / 2);
    }

    private int silentWindows(double minLevelDb) throws Exception {
        List<Clip> clips = AudioDataset.scan(folder).clips();
        int silent = 0;
        BatchLoader.Options options =
                new BatchLoader.Options(RATE, WINDOW, 3, 42, Augmentation.NONE, minLevelDb, 2, 2, 1L << 30);
        try (BatchLoader loader = new BatchLoader(clips, options, 0)) {
            for (int batch = 0; batch < 20; batch++) {
                float[] windows = loader.next().samples();
                for (int item = 0; item < 3; item++) {
                    float[] window = Arrays.copyOfRange(windows, item * WINDOW, (item + 1) * WINDOW);
                    silent += Arrays.equals(window, new float[WINDOW]) ? 1 : 0;
                }
            }
        }
        return silent;
    }

    @Test
    void distortsACopyThatResumesExactly() throws Exception {
        corpus();
        Augmentation augmentation = new Augmentation(GainRange.NONE, 0.5, 0.1, 0.3, 0.5, 0, 20);
        BatchLoader.Options options = new BatchLoader.Options(RATE, WINDOW, 3, 42, augmentation, -200, 2, 2, 1L << 30);
        List<Clip> clips = AudioDataset.scan(folder).clips();
        List<float[]> clean = new ArrayList<>();
        List<float[]> distorted = new ArrayList<>();
        try (BatchLoader loader = new BatchLoader(clips, options, 0)) {
            for (int i = 0; i < 6; i++) {
                BatchLoader.Batch batch = loader.next();
                clean.add(batch.samples().clone());
                distorted.add(batch.distorted().clone());
            }
        }
        assertThat(distorted.getFirst()).isNotEqualTo(clean.getFirst());
        BatchLoader.Options plain = new BatchLoader.Options(RATE, WINDOW, 3, 42, Augmentation.NONE, -200, 1, 1, 0);
        try (BatchLoader resumed = new BatchLoader(clips, options, 4);
                BatchLoader undistorted = new BatchLoader(clips, plain, 4)) {
            for (int i = 4; i < 6; i++) {
                BatchLoader.Batch batch = undistorted.next();
                assertThat(batch.samples()).containsExactly(clean.get(i));
                assertThat(batch.distorted()).isSameAs(batch.samples());
                assertThat(resumed.next().distorted()).containsExactly(distorted.get(i));
            }
        }
    }

    private void corpus() throws IOException {
        WavWriter.writePcm16(folder.resolve("a.wav"), AudioFixtures.tone(16_000, 1, 30_000));
        WavWriter.writePcm16(folder.resolve("long.wav"), AudioFixtures.tone(16_000, 1, 16_000 * 70));
        WavWriter.writeFloat32(folder.resolve("c.wav"), AudioFixtures.tone(44_100, 2, 60_000));
        Files.write(folder.resolve("b.flac"), AudioFixtures.flac(AudioFixtures.tone(22_050, 2, 200_000), 16, 4000));
    }

    private float[][] load(int threads, int prefetch, long cacheBytes, long first, int count) throws Exception {
        List<float[]> batches = new ArrayList<>();
        try (BatchLoader loader =
                new BatchLoader(AudioDataset.scan(folder).clips(), options(threads, prefetch, cacheBytes), first)) {
            for (int i = 0; i < count; i++) {
                batches.add(loader.next().samples().clone());
            }
        }
        return batches.toArray(float[][]::new);
    }

    private static BatchLoader.Options options(int threads, int prefetch, long cacheBytes) {
        return new BatchLoader.Options(RATE, WINDOW, 3, 42, GAIN, -200, threads, prefetch, cacheBytes);
    }
}
