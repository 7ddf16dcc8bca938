package org.openmoshi.tensor.device;

/** Softmax cross-entropy and its gradient. */
final class CrossEntropies {
    private CrossEntropies() {}

    static void crossEntropy(Work work) {
        throw new UnsupportedOperationException("crossEntropy");
    }

    static void crossEntropyGrad(Work work) {
        throw new UnsupportedOperationException("crossEntropyGrad");
    }
}
