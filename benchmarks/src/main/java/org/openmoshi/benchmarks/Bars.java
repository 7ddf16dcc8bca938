package org.openmoshi.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** The ratios that this project holds itself to. */
final class Bars {
    private record Bar(String prefix, double ratio) {}

    /** The first prefix of a row's name decides. */
    private static final Bar[] BARS = {
        new Bar("matMul.forward", 0.9),
        new Bar("conv1d.forward 512->512 k7", 0.9),
        new Bar("conv1d.forwardBackward 512->512 k7", 0.8),
        new Bar("conv1d.forward ", 1.0),
        new Bar("convTranspose1d.forward ", 1.0),
        new Bar("attention.forward ", 0.9),
        new Bar("codebook.", 1.0),
        new Bar("layerNorm.forward", 1.0),
        new Bar("gelu.forward", 1.0),
        new Bar("softmax.forward", 1.0),
        new Bar("adamW.", 1.0),
        new Bar("mimi.encode", 1.0),
        new Bar("mimi.decode", 1.0),
    };

    private Bars() {}

    /** Beginnings of names that have a bar. */
    static List<String> prefixes() {
        return Arrays.stream(BARS).map(Bar::prefix).toList();
    }

    /** The least ratio that a row should reach, if there is one. */
    static OptionalDouble of(String row) {
        for (Bar bar : BARS) {
            if (row.startsWith(bar.prefix)) {
                return OptionalDouble.of(bar.ratio);
            }
        }
        return OptionalDouble.empty();
    }
}
