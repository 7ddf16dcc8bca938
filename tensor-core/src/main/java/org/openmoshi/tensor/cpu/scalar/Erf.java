package org.openmoshi.tensor.cpu.scalar;

/** The error function in double precision, to a few units in the last place. */
public final class Erf {
    private static final double SQRT_PI = Math.sqrt(Math.PI);
    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double SQRT_TWO_PI = Math.sqrt(2 * Math.PI);

    private Erf() {}

    /** Error function. */
    public static double erf(double x) {
        return Math.abs(x) < 1 ? series(x) : x > 0 ? 1 - fraction(x) : fraction(-x) - 1;
    }

    /** 1 - erf(x) without cancellation for large x. */
    public static double erfc(double x) {
        return Math.abs(x) < 1 ? 1 - series(x) : x > 0 ? fraction(x) : 2 - fraction(-x);
    }

    /** The standard normal distribution function. */
    public static double normalCdf(double x) {
        return 0.5 * erfc(-x * SQRT_HALF);
    }

    /** The standard normal density. */
    public static double normalPdf(double x) {
        return expMinusSquare(x * SQRT_HALF) / SQRT_TWO_PI;
    }

    /** 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!: all terms of one sign (Abramowitz and Stegun 7.1.6). */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / SQRT_PI * expMinusSquare(x) * sum;
    }

    /** erfc(x) for x >= 1 by its continued fraction (Abramowitz and Stegun 7.1.14), from the inside out. */
    private static double fraction(double x) {
        if (x > 27) {
            return 0; // below the smallest double
        }
        int depth = (int) (300 / (x * x)) + 12; // enough for the last bit; see ErfTest
        double tail = x;
        for (int n = depth; n > 0; n--) {
            tail = x + 0.5 * n / tail;
        }
        return expMinusSquare(x) / (SQRT_PI * tail);
    }

    /** e^(-x^2), with the rounding error of x^2 put back: it would cost a relative x^2 units. */
    private static double expMinusSquare(double x) {
        double square = x * x;
        if (square > 800) {
            return 0;
        }
        return Math.exp(-square) * (1 - Math.fma(x, x, -square));
    }
}
