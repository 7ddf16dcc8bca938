package org.openmoshi.train.mimi;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.audio.AudioFile;
import org.openmoshi.train.data.Clip;
import org.openmoshi.train.eval.ClipMetrics;

/** Codes and decodes a few held-out clips, the same ones over the whole run, and measures the result. */
public final class Validation {
    private static final double MAX_SECONDS = 4;

    private final int sampleRate;
    private final List<Sample> samples = new ArrayList<>();
    private final Map<Path, AudioException> failures = new LinkedHashMap<>();

    /** A held-out clip: its name and samples, cut to {@link #MAX_SECONDS}. */
    record Sample(String name, float[] original) {}

    /** A clip after coding; the arrays are of equal length. */
    public record Decoded(String name, float[] original, float[] decoded) {}

    /** Mean metrics over the clips, the decoded clips, and how often each code of each book was used. */
    public record Outcome(Map<String, Double> metrics, List<Decoded> clips, long[][] codeCounts) {
        /** What the best checkpoint is chosen by; lower is better. */
        double score() {
            return metrics.getOrDefault("mel_distance", Double.POSITIVE_INFINITY);
        }
    }

    /** Takes clips evenly over the held-out ones in the order of their names; those that cannot be read are left out. */
    public Validation(List<Clip> heldOut, int count, int sampleRate) {
        this.sampleRate = sampleRate;
        int chosen = Math.min(count, heldOut.size());
        for (int i = 0; i < chosen; i++) {
            Clip clip = heldOut.get((int) ((long) i * heldOut.size() / chosen));
            try {
                float[] all = AudioFile.read(clip.path()).toMono(sampleRate).mixDown();
                int length = (int) Math.min(all.length, Math.round(MAX_SECONDS * sampleRate));
                samples.add(new Sample(clip.name(), java.util.Arrays.copyOf(all, length)));
            } catch (AudioException e) {
                failures.put(clip.path(), e);
            }
        }
    }

    /** Codes with all codebooks, decodes and measures. */
    public Outcome run(Mimi mimi) {
        List<Decoded> clips = new ArrayList<>();
        List<ClipMetrics> measured = new ArrayList<>();
        double level = 0;
        long[][] counts = new long[mimi.config().quantizer().nQ()]
                [mimi.config().quantizer().bins()];
        for (Sample sample : samples) {
            Decoded clip = decode(mimi, sample, counts);
            clips.add(clip);
            measured.add(ClipMetrics.compare(clip.original, clip.decoded, sampleRate));
            level += decibels(clip.decoded) - decibels(clip.original);
        }
        ClipMetrics mean = ClipMetrics.mean(measured);
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("mel_distance", mean.melDistance());
        metrics.put("si_sdr", mean.siSdr());
        metrics.put("stoi", mean.stoi());
        metrics.put("level_db", level / samples.size());
        return new Outcome(metrics, clips, counts);
    }

    private static Decoded decode(Mimi mimi, Sample sample, long[][] counts) {
        try (Scope _ = Scope.open()) {
            Tensor codes = mimi.encode(Tensor.of(sample.original, 1, 1, sample.original.length));
            long[] values = codes.toLongs(); // [1, K, frames]
            int frames = codes.intDim(2);
            for (int i = 0; i < values.length; i++) {
                counts[i / frames][(int) values[i]]++;
            }
            float[] decoded = mimi.decode(codes).toFloats();
            return new Decoded(sample.name, sample.original, java.util.Arrays.copyOf(decoded, sample.original.length));
        }
    }

    /** Mean power in dB, with a floor of -100. */
    private static double decibels(float[] samples) {
        double sum = 0;
        for (float sample : samples) {
            sum += (double) sample * sample;
        }
        return 10 * Math.log10(1e-10 + sum / samples.length);
    }

    /** The clips that could not be read, and why. */
    Map<Path, AudioException> failures() {
        return failures;
    }

    /** The clips themselves. */
    List<Sample> samples() {
        return samples;
    }

    /** Of all samples, Hz. */
    public int sampleRate() {
        return sampleRate;
    }
}
