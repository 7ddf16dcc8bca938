package org.openmoshi.kernels.cuda;

import java.util.Locale;

/** What computes convolutions on a CUDA device; {@code -Dopenmoshi.cuda.conv} is the choice of the user. */
enum ConvKernel {
    /** The kernels that all devices have: the default. */
    OWN,
    /** NVIDIA's library, for the shapes that its deterministic algorithms support. */
    CUDNN;

    /** The system property by which it is chosen: {@code own} or {@code cudnn}. */
    static final String PROPERTY = "openmoshi.cuda.conv";

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
