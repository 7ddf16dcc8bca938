package org.openmoshi.benchmarks;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A convolution as a benchmark parameter names it, for example {@code 64->128 k8 s4 T48004}: channels in and out, kernel
 * size, stride, length of the input; {@code depthwise} in front makes as many groups as channels. Inputs are padded
 * already.
 */
record ConvShape(boolean depthwise, int in, int out, int kernelSize, int stride, int length) {
    private static final Pattern NOTATION = Pattern.compile("(depthwise )?(\\d+)->(\\d+) k(\\d+) s(\\d+) T(\\d+)");

    static ConvShape parse(String text) {
        Matcher matcher = NOTATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a convolution: '" + text + "', expected '64->128 k8 s4 T48004'");
        }
        return new ConvShape(
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

    /** Length of a convolution's output. */
    int outputLength() {
        return (length - kernelSize) / stride + 1;
    }

    /** Length of a transposed convolution's output. */
    int transposedLength() {
        return (length - 1) * stride + kernelSize;
    }
}
