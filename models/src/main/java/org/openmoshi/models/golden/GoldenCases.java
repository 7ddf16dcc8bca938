package org.openmoshi.models.golden;

import java.util.List;

/** The golden cases of this module. */
public final class GoldenCases {
    /** Operations, names, the Mimi codec, WavLM, and the Moshi language model. */
    public static final List<GoldenCase> MODELS = List.of(
            new OpsCase(),
            new NamesCase(),
            new MimiCodecCase(),
            new MimiTrainStepCase(),
            new WavLmCase(),
            new LmTrainStepCase(),
            new LmTrainStepsCase(),
            new KyutaiTestLmCase(),
            new LmGenerateCase(),
            new LmLoraCase());

    private GoldenCases() {}
}
