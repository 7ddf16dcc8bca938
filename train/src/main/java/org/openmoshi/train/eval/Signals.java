package org.openmoshi.train.eval;

/** The precondition that all comparisons of two signals share. */
final class Signals {
    private Signals() {}

    /**
     * Requires two signals of one length.
     *
     * @throws IllegalArgumentException if they are empty or differ in length
     */
    static void requireSameLength(String metric, float[] reference, float[] estimate) {
        if (reference.length != estimate.length) {
            throw new IllegalArgumentException(metric + ": the reference has " + reference.length
                    + " samples and the estimate " + estimate.length + "; trim both to the same length first");
        }
        if (reference.length == 0) {
            throw new IllegalArgumentException(metric + ": both signals are empty");
        }
    }
}
