package org.openmoshi.train.distill;

import java.util.Arrays;

/**
 * Takes the features of a training window out of those of its file, averaged to one per codec frame: mean of eight
 * teacher frames, four per codec frame (Moshi paper, section 3.3.3), centred as the package says.
 *
 * @param sampleRate of the codec, Hz
 * @param frameSize samples of a codec frame
 */
record FramePooling(int sampleRate, int frameSize) {
    private static final int KERNEL = 8;

    /** First of the {@link #KERNEL} teacher frames of a codec frame; may lie before the file. */
    private long first(long start, int frame) {
        double centre = (start + (frame + 0.5) * frameSize) * Teacher.SAMPLE_RATE / sampleRate;
        return Math.round((centre - Teacher.SPAN / 2.0) / Teacher.HOP - (KERNEL - 1) / 2.0);
    }

    /**
     * Writes the means of a window.
     *
     * @param features of the file, [teacher frames * width]
     * @param start of the window in the file, samples at the codec's rate
     * @param frames codec frames of the window
     * @param out [frames * width] from outOffset
     * @param weights [frames] from weightOffset: 1, or 0 where the file has no features
     */
    void pool(
            float[] features,
            int width,
            long start,
            int frames,
            float[] out,
            int outOffset,
            float[] weights,
            int weightOffset) {
        int available = features.length / width;
        for (int frame = 0; frame < frames; frame++) {
            long first = first(start, frame);
            int from = Math.clamp(first, 0, available);
            int to = Math.clamp(first + KERNEL, 0, available);
            int at = outOffset + frame * width;
            Arrays.fill(out, at, at + width, 0);
            for (int t = from; t < to; t++) {
                for (int i = 0; i < width; i++) {
                    out[at + i] += features[t * width + i] / (to - from);
                }
            }
            weights[weightOffset + frame] = to > from ? 1 : 0;
        }
    }
}
