package org.openmoshi.train.distill;

import static org.openmoshi.models.config.Checks.require;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What the first codebook is taught, as the training configuration has it.
 *
 * @param teacher whose features it shall predict
 * @param path a WavLM checkpoint in any form, for {@link Kind#WAVLM}; otherwise empty
 * @param layer of WavLM: 0 for its last features, from 1 for what comes out of the transformer layer of that number
 * @param weight of the loss, which is outside the balancer
 * @param cache folder of computed features, which runs may share; empty for one in the run's folder
 */
public record DistillationConfig(Kind teacher, String path, int layer, double weight, String cache) {
    /** Teachers. */
    public enum Kind {
        /** No semantic guidance. */
        @JsonProperty("none")
        NONE,
        /** A normalised stack of log-mel bands with their deltas, which needs no weights. */
        @JsonProperty("mel")
        MEL,
        /** WavLM, as in the paper. */
        @JsonProperty("wavlm")
        WAVLM
    }

    /** Checks that the values fit together. */
    public DistillationConfig {
        require(
                teacher != Kind.WAVLM || !path.isEmpty(),
                "distillation.path is empty: name a WavLM checkpoint (.pt, .safetensors or a folder of Hugging"
                        + " Face's), or choose distillation.teacher=mel or none");
        require(
                teacher == Kind.WAVLM || path.isEmpty(),
                "distillation.path is '" + path + "', but only distillation.teacher=wavlm reads it");
        require(layer >= 0, "distillation.layer is " + layer + ", must not be negative");
        require(
                teacher == Kind.WAVLM || layer == 0,
                "distillation.layer is " + layer + ", but only distillation.teacher=wavlm has layers");
        require(
                weight > 0 && Double.isFinite(weight),
                "distillation.weight is " + weight + ", must be positive (distillation.teacher=none switches it off)");
    }

    /** Whether there is a teacher. */
    public boolean hasTeacher() {
        return teacher != Kind.NONE;
    }
}
