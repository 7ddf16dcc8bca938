package org.openmoshi.kernels.cuda;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What of several implementations computes on a device.
 *
 * @param products null for cuBLAS where it is installed and the own kernels otherwise
 */
record CudaChoices(@Nullable MatMulKernel products, ConvKernel convolutions) {
    /** The own kernels alone. */
    static final CudaChoices OWN = new CudaChoices(MatMulKernel.OWN, ConvKernel.OWN);

    /**
     * Those of the system properties.
     *
     * @throws IllegalArgumentException when one names none that there is
     */
    static CudaChoices ofProperties() {
        ConvKernel convolutions = chosen(ConvKernel.PROPERTY, ConvKernel.values());
        return new CudaChoices(
                chosen(MatMulKernel.PROPERTY, MatMulKernel.values()),
                convolutions == null ? ConvKernel.OWN : convolutions);
    }

    private static <E> @Nullable E chosen(String property, E[] choices) {
        String name = System.getProperty(property);
        return name == null
                ? null
                : Arrays.stream(choices)
                        .filter(choice -> choice.toString().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("-D" + property + "=" + name + ": there are "
                                + Arrays.stream(choices).map(Object::toString).collect(Collectors.joining(", "))));
    }
}
