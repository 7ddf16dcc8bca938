package org.openmoshi.train.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.golden.CaseFolder;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.Resampler;

/** Sample rate conversion between pairs of rates. */
public final class ResampleCase implements GoldenCase {
    @Override
    public String kind() {
        return "resample";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        Comparison comparison = new Comparison();
        try (SafetensorsFile tensors = files.tensors("tensors.safetensors");
                Scope _ = Scope.open()) {
            float[] signal = tensors.load("x").toFloats();
            for (JsonNode pair : files.json("config.json").get("pairs")) {
                int from = pair.get(0).intValue();
                int to = pair.get(1).intValue();
                String name = from + "_" + to;
                float[] converted = Resampler.of(from, to).resample(signal);
                comparison.add(name, Tensor.of(converted, converted.length), tensors.load(name), Comparison.FORWARD);
            }
        }
        return comparison.result();
    }
}
