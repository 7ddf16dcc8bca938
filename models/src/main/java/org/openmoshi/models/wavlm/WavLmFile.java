package org.openmoshi.models.wavlm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openmoshi.models.checkpoint.AtomicFile;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.RenamedTensors;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.checkpoint.SafetensorsWriter;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.models.checkpoint.TorchFile;
import org.openmoshi.models.checkpoint.TorchWriter;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.tensor.Tensor;

/** Reads and writes WavLM in every form that it is published in. */
public final class WavLmFile {
    private static final String CONFIG_KEY = "wavlm_config";
    private static final String TORCH_CONFIG = "cfg";
    private static final String TORCH_MODEL = "model";
    private static final String HF_CONFIG = "config.json";
    private static final String HF_PREPROCESSOR = "preprocessor_config.json";
    private static final String HF_SAFETENSORS = "model.safetensors";
    private static final String HF_TORCH = "pytorch_model.bin";
    private static final JsonMapper JSON = new JsonMapper();

    private WavLmFile() {}

    /** The forms that {@link #write} knows; {@link #read} finds out by itself. */
    public enum Form {
        /** The authors' file: PyTorch's archive of {@code cfg} and {@code model}. */
        PT,
        /** One safetensors file with the authors' names, the configuration in its metadata. */
        SAFETENSORS,
        /** A folder as Hugging Face's transformers has it: {@code config.json} and {@code model.safetensors}. */
        HUGGINGFACE
    }

    /**
     * Reads the authors' {@code .pt}, a safetensors file that {@link #write} made, or a folder of Hugging Face (or the
     * {@code model.safetensors} or {@code pytorch_model.bin} in it). The content decides, not the name.
     *
     * @throws CheckpointException when it is none of these, or damaged
     */
    public static WavLm read(Path path) throws CheckpointException {
        try {
            Path file = Files.isDirectory(path) ? weightsIn(path) : path;
            if (!Files.isRegularFile(file)) {
                throw new CheckpointException(file + " does not exist");
            }
            return TorchFile.looksLike(file) ? readTorch(file) : readSafetensors(file);
        } catch (ConfigException e) {
            throw new CheckpointException(e.getMessage() + "; no other WavLM than the published kinds is known", e);
        } catch (CheckpointException e) {
            throw e;
        } catch (IOException e) {
            throw new CheckpointException(path + " could not be read: " + e.getMessage(), e);
        }
    }

    private static Path weightsIn(Path folder) throws CheckpointException {
        for (String name : new String[] {HF_SAFETENSORS, HF_TORCH}) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        throw new CheckpointException(
                folder + " has neither " + HF_SAFETENSORS + " nor " + HF_TORCH + ": name a folder of Hugging Face's");
    }

    private static WavLm readTorch(Path file) throws CheckpointException {
        try (TorchFile torch = TorchFile.open(file)) {
            if (!torch.contains(TORCH_CONFIG)) {
                return load(huggingFaceConfig(file), torch.tensors(), true);
            }
            JsonNode config = JSON.valueToTree(torch.plainValues(TORCH_CONFIG));
            return load(WavLmConfig.of(file.toString(), config), torch.tensors(TORCH_MODEL), false);
        }
    }

    private static WavLm readSafetensors(Path file) throws CheckpointException {
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            String json = weights.metadata().get(CONFIG_KEY);
            if (json == null) {
                return load(huggingFaceConfig(file), weights, true);
            }
            return load(WavLmConfig.of(file.toString(), parse(file, json)), weights, false);
        }
    }

    /** The configuration beside a file of weights. */
    private static WavLmConfig huggingFaceConfig(Path weights) throws CheckpointException {
        Path folder = weights.toAbsolutePath().getParent();
        if (folder == null || !Files.isRegularFile(folder.resolve(HF_CONFIG))) {
            throw new CheckpointException(weights + " does not say which WavLM it is of: it has neither '"
                    + TORCH_CONFIG + "' of the authors' files nor " + CONFIG_KEY + " in its metadata, and there is no "
                    + HF_CONFIG + " of Hugging Face's beside it");
        }
        Path preprocessor = folder.resolve(HF_PREPROCESSOR);
        if (!Files.isRegularFile(preprocessor)) {
            throw new CheckpointException(
                    preprocessor + " is missing: it says whether this WavLM wants its input normalised");
        }
        Path config = folder.resolve(HF_CONFIG);
        return HuggingFaceLayout.config(config.toString(), parse(config), parse(preprocessor));
    }

    private static JsonNode parse(Path file) throws CheckpointException {
        try {
            return parse(file, Files.readString(file));
        } catch (CheckpointException e) {
            throw e;
        } catch (IOException e) {
            throw new CheckpointException(file + " could not be read: " + e.getMessage(), e);
        }
    }

    private static JsonNode parse(Path file, String json) throws CheckpointException {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": its configuration is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static WavLm load(WavLmConfig config, TensorSource weights, boolean huggingFace)
            throws CheckpointException {
        WavLm model = WavLm.zeros(config);
        boolean loaded = false;
        try {
            model.stateDict().load(huggingFace ? authorsNames(model, weights) : weights);
            loaded = true;
            return model;
        } finally {
            if (!loaded) {
                model.close();
            }
        }
    }

    private static TensorSource authorsNames(WavLm model, TensorSource weights) throws CheckpointException {
        Map<String, String> names = new HashMap<>();
        for (String name : model.stateDict().tensors().keySet()) {
            names.put(HuggingFaceLayout.rename(name), name);
        }
        return new RenamedTensors(weights, name -> names.getOrDefault(HuggingFaceLayout.plain(name), name));
    }

    /**
     * Writes a model in one of the forms; elements are float32.
     *
     * @param path a file, or for {@link Form#HUGGINGFACE} a folder, which is created if it is not there
     * @throws CheckpointException when it cannot be written
     */
    public static void write(WavLm model, Path path, Form form) throws CheckpointException {
        Map<String, Object> config = model.config().toMap();
        Map<String, Tensor> tensors = model.stateDict().tensors();
        switch (form) {
            case PT -> TorchWriter.write(path, TORCH_CONFIG, config, TORCH_MODEL, tensors);
            case SAFETENSORS ->
                SafetensorsWriter.write(
                        path, tensors, Map.of(CONFIG_KEY, new String(json(config), StandardCharsets.UTF_8)));
            case HUGGINGFACE -> {
                Map<String, Tensor> renamed = new LinkedHashMap<>();
                tensors.forEach((name, tensor) -> renamed.put(HuggingFaceLayout.rename(name), tensor));
                try {
                    Files.createDirectories(path);
                } catch (IOException e) {
                    throw new CheckpointException("folder " + path + " cannot be created: " + e.getMessage(), e);
                }
                SafetensorsWriter.write(path.resolve(HF_SAFETENSORS), renamed, Map.of("format", "pt"));
                writeJson(path.resolve(HF_PREPROCESSOR), HuggingFaceLayout.preprocessorConfig(model.config()));
                writeJson(path.resolve(HF_CONFIG), HuggingFaceLayout.modelConfig(model.config()));
            }
        }
    }

    private static void writeJson(Path file, Map<String, Object> values) throws CheckpointException {
        byte[] json = json(values);
        AtomicFile.write(file, json);
    }

    private static byte[] json(Map<String, Object> values) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("plain values could not be written as JSON", e);
        }
    }
}
