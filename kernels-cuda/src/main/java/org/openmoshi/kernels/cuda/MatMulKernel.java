package org.openmoshi.kernels.cuda;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What multiplies matrices on a CUDA device; {@code -Dopenmoshi.cuda.matmul} is the choice of the user. */
enum MatMulKernel {
    /** The kernels that all devices have. */
    OWN,
    /** Those on tensor cores for bfloat16, where the device has such; the kernels of all devices for other types. */
    WMMA,
    /** NVIDIA's library, the default where it is installed; it leaves products with a narrow side to the kernels. */
    CUBLAS;

    /** The system property by which it is chosen: {@code own}, {@code wmma} or {@code cublas}. */
    static final String PROPERTY = "openmoshi.cuda.matmul";

    /**
     * The choice of the user, null when the property is not set.
     *
     * @throws IllegalArgumentException when the property names none
     */
    static @Nullable MatMulKernel chosen() {
        String name = System.getProperty(PROPERTY);
        return name == null
                ? null
                : Arrays.stream(values())
                        .filter(kernel -> kernel.toString().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "-D" + PROPERTY + "=" + name + ": there are own, wmma and cublas"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
