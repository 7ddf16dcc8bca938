package org.openmoshi.kernels.cuda;

import java.util.Locale;

/** What multiplies matrices on a CUDA device; {@code -Dopenmoshi.cuda.matmul} is the choice of the user. */
enum MatMulKernel {
    /** The kernels that all devices have; attention in bfloat16 then does without tensor cores, too. */
    OWN,
    /** Those on tensor cores for bfloat16, where the device has such; the kernels of all devices for other types. */
    WMMA,
    /** NVIDIA's library, the default where it is installed; it leaves products with a narrow side to the kernels. */
    CUBLAS;

    /** The system property by which it is chosen: {@code own}, {@code wmma} or {@code cublas}. */
    static final String PROPERTY = "openmoshi.cuda.matmul";

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
