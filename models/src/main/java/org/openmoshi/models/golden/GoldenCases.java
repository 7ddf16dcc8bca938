package org.openmoshi.models.golden;

import java.util.List;

/** The golden cases of this module. */
public final class GoldenCases {
    /** Operations, names, and the Mimi codec. */
    public static final List<GoldenCase> MODELS =
            List.of(new OpsCase(), new NamesCase(), new MimiCodecCase(), new MimiTrainStepCase());

    private GoldenCases() {}
}
