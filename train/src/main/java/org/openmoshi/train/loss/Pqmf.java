package org.openmoshi.train.loss;

import java.util.Map;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Analysis by a pseudo quadrature mirror filter bank: splits a signal into equally wide sub-bands, each decimated by
 * their number (Nguyen 1994), with a Kaiser-windowed prototype (Lin and Vaidyanathan 1998).
 */
public final class Pqmf implements AutoCloseable {
    private static final int TAPS = 62;
    private static final double BETA = 9;
    /** Cutoffs, as a share of half the sample rate, that give near-perfect reconstruction with 62 taps and beta 9. */
    private static final Map<Integer, Double> CUTOFFS = Map.of(2, 0.25, 4, 0.13, 6, 0.10032791, 8, 0.07949452);

    private final int bands;
    private final Tensor filters; // [bands, 1, TAPS + 1]

    /** A bank of 2, 4, 6 or 8 bands. */
    public Pqmf(int bands) {
        Double cutoff = CUTOFFS.get(bands);
        if (cutoff == null) {
            throw new IllegalArgumentException(
                    "a filter bank of " + bands + " bands is not designed; choose 2, 4, 6 or 8");
        }
        this.bands = bands;
        float[] taps = new float[bands * (TAPS + 1)];
        for (int k = 0; k < bands; k++) {
            for (int n = 0; n <= TAPS; n++) {
                double phase = (2 * k + 1) * Math.PI / (2 * bands) * (n - TAPS / 2.0)
                        + (k % 2 == 0 ? Math.PI / 4 : -Math.PI / 4);
                taps[k * (TAPS + 1) + n] = (float) (2 * prototype(n, cutoff) * Math.cos(phase));
            }
        }
        try (Scope _ = Scope.detached()) {
            this.filters = Tensor.of(taps, bands, 1, TAPS + 1);
        }
    }

    /** Signals x [B, T] to sub-bands [B, bands, T / bands]. */
    public Tensor analysis(Tensor x) {
        return Functions.conv1d(x.unsqueeze(1), filters.cast(x.dtype()), null, bands, TAPS / 2, TAPS / 2, 1, 1);
    }

    private static double prototype(int n, double cutoff) {
        double t = n - TAPS / 2.0;
        double ideal = t == 0 ? cutoff : Math.sin(Math.PI * cutoff * t) / (Math.PI * t);
        double edge = 2.0 * n / TAPS - 1;
        return ideal * bessel0(BETA * Math.sqrt(1 - edge * edge)) / bessel0(BETA);
    }

    /** Modified Bessel function of order zero by its power series. */
    private static double bessel0(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++) {
            term *= x / 2 / k * (x / 2 / k);
            sum += term;
        }
        return sum;
    }

    @Override
    public void close() {
        filters.close();
    }
}
