package org.openmoshi.models.nn;

import java.util.List;

/** The normalisations that a configuration can name, as Kyutai's do. */
public final class Norms {
    /**
     * The names. Those that end in {@code _f32} compute in float32 whatever the input's type, with epsilon 1e-8 instead
     * of 1e-5.
     */
    public static final List<String> NAMES = List.of("layer_norm", "layer_norm_f32", "rms_norm", "rms_norm_f32");

    private static final double EPSILON = 1e-5;
    private static final double F32_EPSILON = 1e-8;

    private Norms() {}

    /** Registers the parameters of a normalisation over the last axis. */
    public static Layer create(ModulePath at, String name, long features) {
        return switch (name) {
            case "layer_norm" -> new LayerNorm(at, features, EPSILON);
            case "layer_norm_f32" -> new LayerNorm(at, features, F32_EPSILON);
            case "rms_norm" -> new RmsNorm(at, features, EPSILON);
            case "rms_norm_f32" -> new RmsNorm(at, features, F32_EPSILON);
            default -> throw new IllegalArgumentException("no normalisation is called '" + name + "', only " + NAMES);
        };
    }
}
