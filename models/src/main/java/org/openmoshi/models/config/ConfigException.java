package org.openmoshi.models.config;

/** A configuration cannot be used: the message names the key, what is wrong and what would be right. */
public final class ConfigException extends IllegalArgumentException {
    /** A problem with one key. */
    public ConfigException(String message) {
        super(message);
    }
}
