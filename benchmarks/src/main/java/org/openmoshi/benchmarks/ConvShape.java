package org.openmoshi.benchmarks;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A convolution as a benchmark parameter names it, for example {@code 64->128 k8 s4 T48004}: channels in and out, kernel
 * size, stride, length of the input; {@code depthwise} in front makes as many groups as channels. Inputs are padded
 * already.
 *
 * @param transposed whether it is the transposed convolution, of which the notation says nothing
 */
record ConvShape(boolean transposed, boolean depthwise, int in, int out, int kernelSize, int stride, int length) {
    private static final Pattern NOTATION = Pattern.compile("(depthwise )?(\\d+)->(\\d+) k(\\d+) s(\\d+) T(\\d+)");

    static ConvShape parse(String text, boolean transposed) {
        Matcher matcher = NOTATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a convolution: '" + text + "', expected '64->128 k8 s4 T48004'");
        }
        return new ConvShape(
                transposed,
                matcher.group(1) != null,
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)),
                Integer.parseInt(matcher.group(4)),
                Integer.parseInt(matcher.group(5)),
                Integer.parseInt(matcher.group(6)));
    }

    int groups() {
        return depthwise ? in : 1;
    }

    /** Shape of the weights: [out, in / groups, k], and [in, out / groups, k] where it is transposed. */
    int[] weight() {
        return transposed ? new int[] {in, out / groups(), kernelSize} : new int[] {out, in / groups(), kernelSize};
    }

    /** Length of the output. */
    int outputLength() {
        return transposed ? (length - 1) * stride + kernelSize : (length - kernelSize) / stride + 1;
    }
}
