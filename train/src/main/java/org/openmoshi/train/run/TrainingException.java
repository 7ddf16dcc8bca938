package org.openmoshi.train.run;

import java.nio.file.Path;
import java.util.Map;

/** Training cannot go on; the message says why and what to do. */
public final class TrainingException extends RuntimeException {
    private TrainingException(String message) {
        super(message);
    }

    /**
     * Three steps in a row were not finite.
     *
     * @param values losses and norms of the last one
     * @param rate the key of the learning rate to lower
     */
    public static TrainingException notFinite(long step, Map<String, Double> values, String rate, Path run) {
        StringBuilder bad = new StringBuilder();
        values.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                bad.append(bad.isEmpty() ? "" : ", ").append(name).append(" = ").append(value);
            }
        });
        return new TrainingException("three steps in a row up to step " + step + " were not finite (" + bad
                + "). Losses that grew before point to a learning rate that is too high; a single loss that is not"
                + " finite points to the data. Nothing since the last checkpoint is kept: lower " + rate
                + " or optimizer.clip_norm and start anew, or continue with --resume from " + run);
    }
}
