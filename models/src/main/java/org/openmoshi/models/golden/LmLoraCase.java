package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiLoss;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.nn.Lora;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** A small Moshi with adapters on every linear layer: losses, the adapters' gradients, and the merged weights. */
public final class LmLoraCase implements GoldenCase {
    @Override
    public String kind() {
        return "lm_lora";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Lora lora =
                new Lora(config.get("rank").intValue(), config.get("scaling").doubleValue());
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                Tape tape = Tape.open();
                MoshiModel model =
                        MoshiModel.adapted(MoshiConfig.read("config.json", config.get("lm")), lora, new Generator(0));
                SafetensorsFile weights = files.tensors("weights.safetensors");
                SafetensorsFile adapters = files.tensors("lora.safetensors");
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors");
                SafetensorsFile gradients = files.tensors("grads.safetensors");
                SafetensorsFile merged = files.tensors("merged.safetensors")) {
            model.stateDict().load(weights, name -> !Lora.isAdapter(name));
            model.stateDict().load(adapters, Lora::isAdapter);
            tape.watch(model.stateDict().parameters().stream()
                    .filter(parameter -> Lora.isAdapter(parameter.name()))
                    .toList());
            MoshiLoss loss = MoshiLoss.of(model, inputs.load("codes"), LmTrainStepCase.weights(config), tape, false);
            LmTrainStepCase.losses(comparison, loss, expected);
            tape.backward(loss.total());
            LmTrainStepCase.gradients(comparison, model.stateDict(), gradients, "");
            for (Map.Entry<String, Tensor> entry :
                    lora.merge(model.stateDict().tensors()).entrySet()) {
                comparison.add(
                        "merged " + entry.getKey(), entry.getValue(), merged.load(entry.getKey()), Comparison.FORWARD);
            }
            model.stateDict().parameters().forEach(Parameter::clearGradient);
        }
        return comparison.result();
    }
}
