/**
 * Tensors on native memory, the operations, and the CPU backend.
 *
 * <p>The Vector API is an incubating module and optional at run time: without it the scalar kernels compute, many times
 * slower, and say so. A program on the module path adds it with {@code --add-modules jdk.incubator.vector}.
 */
module org.openmoshi.tensor {
    requires static jdk.incubator.vector;
    requires static transitive org.jspecify;

    exports org.openmoshi.tensor;
    exports org.openmoshi.tensor.cpu;
    exports org.openmoshi.tensor.device;
    exports org.openmoshi.tensor.testing;

    uses org.openmoshi.tensor.BackendProvider;

    provides org.openmoshi.tensor.BackendProvider with
            org.openmoshi.tensor.cpu.CpuProvider,
            org.openmoshi.tensor.cpu.ScalarProvider;
}
