package org.openmoshi.models.golden;

import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmConfig;
import org.openmoshi.tensor.Scope;

/** Last-layer features of a small WavLM: {@code wavlm_large} and {@code wavlm_base} are the two layouts. */
public final class WavLmCase implements GoldenCase {
    @Override
    public String kind() {
        return "wavlm";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        Comparison comparison = new Comparison();
        WavLmConfig config = WavLmConfig.of("config.json", files.json("config.json"));
        try (Scope _ = Scope.open();
                WavLm model = WavLm.zeros(config);
                SafetensorsFile weights = files.tensors("weights.safetensors");
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors")) {
            model.stateDict().load(weights);
            comparison.add(
                    "features", model.forward(inputs.load("wav")), expected.load("features"), Comparison.FORWARD);
        }
        return comparison.result();
    }
}
