package org.openmoshi.train.mimi;

import java.nio.file.Path;
import java.util.Map;

/** Training cannot go on; the message says why and what to do. */
public final class TrainingException extends RuntimeException {
    private TrainingException(String message) {
        super(message);
    }

    static TrainingException notFinite(long step, Map<String, Double> values, Path run) {
        StringBuilder bad = new StringBuilder();
        values.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                bad.append(bad.isEmpty() ? "" : ", ").append(name).append(" = ").append(value);
            }
        });
        return new TrainingException("three steps in a row up to step " + step + " were not finite (" + bad
                + "). Losses that grew before point to a learning rate that is too high; a single loss that is not"
                + " finite points to the data. Nothing since the last checkpoint is kept: lower optimizer.learning_rate"
                + " or optimizer.clip_norm and start anew, or continue with --resume from " + run);
    }
}
