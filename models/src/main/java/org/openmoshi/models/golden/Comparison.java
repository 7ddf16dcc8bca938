package org.openmoshi.models.golden;

import org.openmoshi.tensor.Tensor;

/** Collects the relative L2 errors of a case and remembers the one that used most of its tolerance. */
public final class Comparison {
    /** Tolerance of forward results in float32. */
    public static final double FORWARD = 1e-5;

    /** Tolerance of gradients and of weights after optimisation in float32. */
    public static final double GRADIENT = 1e-4;

    private String worst = "(nothing)";
    private double worstError;
    private double worstTolerance = FORWARD;
    private int compared;

    /** Compares two tensors of any types; another shape counts as an infinite error. */
    public void add(String name, Tensor actual, Tensor expected, double tolerance) {
        if (actual.shape().equals(expected.shape())) {
            add(name, relativeError(actual.toDoubles(), expected.toDoubles()), tolerance);
        } else {
            add(name + " " + actual.shape() + " instead of " + expected.shape(), Double.POSITIVE_INFINITY, tolerance);
        }
    }

    /** Notes an error that was computed elsewhere; a NaN is an infinite one. */
    public void add(String name, double error, double tolerance) {
        double counted = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        if (compared == 0 || counted / tolerance > worstError / worstTolerance) {
            worst = name;
            worstError = counted;
            worstTolerance = tolerance;
        }
        compared++;
    }

    /** |actual - expected| / |expected| in the L2 norm; the plain norm of the difference where nothing is expected. */
    public static double relativeError(double[] actual, double[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }

    /** What was found. A case that compared nothing has not passed. */
    public GoldenResult result() {
        boolean passed = compared > 0 && worstError <= worstTolerance;
        return new GoldenResult(worst, worstError, worstTolerance, passed, compared);
    }
}
