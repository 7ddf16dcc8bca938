package org.openmoshi.models.config;

import java.util.List;

/** Conditions on configuration values; a broken one says which key must be what. */
public final class Checks {
    private Checks() {}

    /** Throws a {@link ConfigException} unless the condition holds. */
    public static void require(boolean condition, String message) {
        if (!condition) {
            throw new ConfigException(message);
        }
    }

    /** The value of a key must be positive. */
    public static void positive(String key, long value) {
        require(value > 0, key + " is " + value + ", must be positive");
    }

    /** The value of a key must be positive and finite. */
    public static void positiveReal(String key, double value) {
        require(value > 0 && Double.isFinite(value), key + " is " + value + ", must be positive");
    }

    /** The value of a key must be finite and not negative. */
    public static void notNegative(String key, double value) {
        require(value >= 0 && Double.isFinite(value), key + " is " + value + ", must not be negative");
    }

    /** The value of a key must be at least 0 and below 1. */
    public static void share(String key, double value) {
        require(value >= 0 && value < 1, key + " is " + value + ", must be at least 0 and below 1");
    }

    /** The value of a key must be one of those given. */
    public static void oneOf(String key, String value, String... allowed) {
        require(List.of(allowed).contains(value), key + " is '" + value + "', must be " + String.join(" or ", allowed));
    }
}
