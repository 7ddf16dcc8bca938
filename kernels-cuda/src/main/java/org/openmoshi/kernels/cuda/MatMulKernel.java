package org.openmoshi.kernels.cuda;

import java.util.Arrays;
import java.util.Locale;

/** What multiplies matrices on a CUDA device; {@code -Dopenmoshi.cuda.matmul} is the choice of the user. */
enum MatMulKernel {
    /** The kernels that all devices have. */
    OWN,
    /** Those on tensor cores for bfloat16, where the device has such; the kernels of all devices for other types. */
    WMMA,
    /** NVIDIA's library. */
    CUBLAS;

    /** The system property by which it is chosen: {@code own}, {@code wmma} or {@code cublas}. */
    static final String PROPERTY = "openmoshi.cuda.matmul";

    /**
     * The choice for a device.
     *
     * @param architecture its compute capability, 10 x major + minor
     * @throws IllegalArgumentException when the property names none, or one that this device does not have
     */
    static MatMulKernel of(int architecture) {
        String name = System.getProperty(PROPERTY);
        if (name == null) {
            return OWN;
        }
        MatMulKernel chosen = Arrays.stream(values())
                .filter(kernel -> kernel.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "-D" + PROPERTY + "=" + name + ": there are own, wmma and cublas"));
        if (chosen != OWN) {
            throw new IllegalArgumentException("-D" + PROPERTY + "=" + name + ": not available for compute capability "
                    + architecture / 10 + "." + architecture % 10);
        }
        return chosen;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
