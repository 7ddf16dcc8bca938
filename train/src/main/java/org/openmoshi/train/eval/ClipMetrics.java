package org.openmoshi.train.eval;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The measures of one decoded clip, or their means over several.
 *
 * @param siSdr {@link SiSdr} in dB, higher is better
 * @param stoi {@link Stoi}, higher is better
 * @param melDistance {@link MelDistance}, lower is better
 */
public record ClipMetrics(double siSdr, double stoi, double melDistance) {
    /**
     * Measures one clip.
     *
     * @param reference the original samples, [T]
     * @param estimate the decoded samples, [T]
     * @param sampleRate of both, Hz
     * @throws IllegalArgumentException if the lengths differ or are zero
     */
    public static ClipMetrics compare(float[] reference, float[] estimate, int sampleRate) {
        return new ClipMetrics(
                SiSdr.compute(reference, estimate),
                Stoi.compute(reference, estimate, sampleRate),
                new MelDistance(sampleRate).compute(reference, estimate));
    }

    /**
     * Returns the mean of each measure over the clips for which it is a finite number; {@code NaN} if there is none.
     */
    public static ClipMetrics mean(List<ClipMetrics> clips) {
        return new ClipMetrics(
                mean(clips, ClipMetrics::siSdr), mean(clips, ClipMetrics::stoi), mean(clips, ClipMetrics::melDistance));
    }

    private static double mean(List<ClipMetrics> clips, ToDoubleFunction<ClipMetrics> measure) {
        return clips.stream()
                .mapToDouble(measure)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }
}
