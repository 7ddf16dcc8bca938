package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.QuantizerTraining;
import org.openmoshi.models.mimi.TrainingStep;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * One training step of a small Mimi without random choices: reconstruction, commitment, loss, every gradient, and the
 * codebooks after their update.
 */
public final class MimiTrainStepCase implements GoldenCase {
    private static final double COMMITMENT_WEIGHT = 0.25;

    @Override
    public String kind() {
        return "mimi_train_step";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                Tape tape = Tape.open();
                Mimi mimi = MimiCodecCase.load(files, config);
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors");
                SafetensorsFile gradients = files.tensors("grads.safetensors");
                SafetensorsFile buffers = files.tensors("buffers_after.safetensors")) {
            tape.watch(mimi.stateDict().parameters());
            Tensor wav = inputs.load(inputs.names().iterator().next());
            Mimi.TrainingOutput out =
                    mimi.forward(wav, step(config.get("codebook_decay").asDouble()));
            Tensor loss = out.reconstruction()
                    .sub(wav)
                    .square()
                    .mean()
                    .add(out.commitment().mul(COMMITMENT_WEIGHT));
            comparison.add("codes", differing(out.codes(), expected.load("codes")), Comparison.FORWARD);
            comparison.add("x_hat", out.reconstruction(), expected.load("x_hat"), Comparison.FORWARD);
            comparison.add("penalty", out.commitment().reshape(1), expected.load("penalty"), Comparison.FORWARD);
            comparison.add("loss", loss.reshape(1), expected.load("loss"), Comparison.FORWARD);
            tape.backward(loss);
            for (Parameter parameter : mimi.stateDict().parameters()) {
                Tensor actual = parameter.gradient();
                comparison.add(
                        "gradient of " + parameter.name(),
                        actual == null ? parameter.value().zerosLike() : actual,
                        gradients.load(parameter.name()),
                        Comparison.GRADIENT);
            }
            for (String name : buffers.names()) {
                Tensor actual = mimi.stateDict().buffers().get(name);
                if (actual == null) {
                    throw new IOException(buffers.file() + ": the model has no buffer " + name);
                }
                comparison.add(name + " after", actual, buffers.load(name), Comparison.FORWARD);
            }
        }
        return comparison.result();
    }

    /** The first step: no dead codes are looked for, and nothing is drawn. */
    private static TrainingStep step(double decay) {
        return new TrainingStep(new QuantizerTraining(decay, 0, 5, 0.1, false, 0), 1, new Generator(0));
    }

    /** Share of codes that differ. */
    private static double differing(Tensor actual, Tensor expected) {
        return actual.ne(expected).cast(org.openmoshi.tensor.DType.F64).mean().item();
    }
}
