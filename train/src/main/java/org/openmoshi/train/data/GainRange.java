package org.openmoshi.train.data;

/**
 * Random gain in dB, uniform in [minDb, maxDb], that never clips: it ends where the window's peak reaches 1.
 *
 * @param minDb lower limit, at most {@code maxDb}
 * @param maxDb upper limit
 */
public record GainRange(double minDb, double maxDb) {

    /** No gain; only windows that exceed [-1, 1] already are scaled down to it. */
    public static final GainRange NONE = new GainRange(0, 0);

    public GainRange {
        if (!(minDb <= maxDb) || Double.isInfinite(minDb) || Double.isInfinite(maxDb)) {
            throw new IllegalArgumentException("gain range in dB from " + minDb + " to " + maxDb);
        }
    }

    /**
     * Scales a window in place.
     *
     * @param draw uniform in [0, 1): where in the range
     */
    void apply(double draw, float[] samples, int offset, int length) {
        float peak = 0;
        for (int i = offset; i < offset + length; i++) {
            peak = Math.max(peak, Math.abs(samples[i]));
        }
        float gain = (float) Math.pow(10, (minDb + draw * (maxDb - minDb)) / 20);
        if (peak * gain > 1) {
            gain = 1 / peak;
        }
        if (gain != 1) {
            for (int i = offset; i < offset + length; i++) {
                samples[i] = Math.clamp(samples[i] * gain, -1f, 1f); // 1 / peak * peak may round above 1
            }
        }
    }
}
