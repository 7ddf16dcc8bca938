package org.openmoshi.tensor.device;

/** Matrix products. */
final class Products {
    private Products() {}

    static void matMul(Work work) {
        throw new UnsupportedOperationException("matMul");
    }

    static void linear(Work work) {
        throw new UnsupportedOperationException("linear");
    }
}
