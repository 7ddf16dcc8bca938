package org.openmoshi.models.mimi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Writes a codec for use, with weight norm folded into plain weights. Codebooks stay float32 whatever the type of the
 * rest, so that every export of a codec understands the codes of every other.
 */
public final class MimiExport {
    private final Mimi mimi;
    private final DType dtype;
    private final MimiConfig config;

    private MimiExport(Mimi mimi, DType dtype, MimiConfig config) {
        this.mimi = mimi;
        this.dtype = dtype;
        this.config = config.withWeightNorm(false);
    }

    /** An export of a codec as it is. */
    public static MimiExport of(Mimi mimi) {
        return new MimiExport(mimi, mimi.stateDict().dtype(), mimi.config());
    }

    /** Stores all but the codebooks in another type. */
    public MimiExport as(DType type) {
        if (!type.isFloat()) {
            throw new IllegalArgumentException("a codec cannot be stored as " + type);
        }
        return new MimiExport(mimi, type, config);
    }

    /** Keeps the first few codebooks only: fewer bits can be had from it, less is left to store. */
    public MimiExport withCodebooks(int codebooks) {
        int most = config.quantizer().nQ();
        if (codebooks > most) {
            throw new IllegalArgumentException("this codec has " + most + " codebooks, not " + codebooks);
        }
        return new MimiExport(mimi, dtype, config.withCodebooks(codebooks));
    }

    /**
     * Writes a file that Kyutai's loader takes; the configuration is in its metadata.
     *
     * @throws CheckpointException when it cannot be written; a file that was there before is untouched then
     */
    public void kyutai(Path file) throws CheckpointException {
        try (Scope _ = Scope.open()) {
            SafetensorsWriter.write(file, tensors(), Map.of(MimiCheckpoint.CONFIG_KEY, config.toJson()));
        }
    }

    /**
     * Writes the folder that {@code MimiModel.from_pretrained} of Hugging Face's transformers takes: tensors,
     * configuration and that of the feature extractor. The folder is created if need be.
     *
     * @throws CheckpointException when it cannot be written
     * @throws IllegalArgumentException when that library's model cannot be of this configuration
     */
    public void huggingFace(Path folder) throws IOException {
        ObjectNode json = HuggingFaceConfig.of(config);
        json.put("torch_dtype", torchName());
        Files.createDirectories(folder);
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> own = tensors();
            Map<String, Tensor> renamed = new LinkedHashMap<>();
            MimiLayout.HUGGING_FACE
                    .names()
                    .of(own.keySet())
                    .forEach((name, parts) -> put(renamed, parts, Objects.requireNonNull(own.get(name))));
            // that library refuses a file that does not say which framework's it is
            SafetensorsWriter.write(folder.resolve("model.safetensors"), renamed, Map.of("format", "pt"));
        }
        write(folder.resolve(MimiCheckpoint.HUGGING_FACE_CONFIG), json);
        write(folder.resolve("preprocessor_config.json"), featureExtractor());
    }

    private void put(Map<String, Tensor> renamed, List<String> parts, Tensor tensor) {
        long rows = tensor.dim(0) / parts.size();
        for (int i = 0; i < parts.size(); i++) {
            Tensor part = parts.size() == 1 ? tensor : tensor.slice(0, i * rows, (i + 1) * rows);
            boolean turned = i < parts.size() - 1; // queries and keys, not values
            renamed.put(
                    parts.get(i),
                    turned ? RotaryOrder.toHalves(part, config.transformer().numHeads()) : part);
        }
    }

    private String torchName() {
        return switch (dtype) {
            case F32 -> "float32";
            case F64 -> "float64";
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            case I32, I64, BOOL -> throw new IllegalStateException("not a type of weights: " + dtype);
        };
    }

    private ObjectNode featureExtractor() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("feature_extractor_type", "EncodecFeatureExtractor")
                .put("feature_size", config.channels())
                .put("padding_side", "right")
                .put("padding_value", 0.0)
                .put("return_attention_mask", true)
                .put("sampling_rate", config.sampleRate());
    }

    private static void write(Path file, ObjectNode json) throws CheckpointException {
        byte[] text = (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, text);
    }

    /** What is written, by the model's own names; it belongs to the current scope. */
    private Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        mimi.stateDict().folded().forEach((name, tensor) -> {
            int level = CodebookLevel.of(name);
            if (level < 0) {
                tensors.put(name, tensor.dtype() == dtype ? tensor : tensor.cast(dtype));
            } else if (level < config.quantizer().nQ()) {
                tensors.put(name, tensor);
            }
        });
        return tensors;
    }
}
