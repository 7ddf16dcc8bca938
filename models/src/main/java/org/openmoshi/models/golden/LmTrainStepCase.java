package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.moshi.DelayedCodes;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiLoss;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** One step of a small Moshi: logits and which of them count, both losses, every gradient; and again with recomputation. */
public final class LmTrainStepCase implements GoldenCase {
    @Override
    public String kind() {
        return "lm_train_step";
    }

    /** The model of a case folder. */
    static MoshiModel load(CaseFolder files, JsonNode config) throws IOException {
        MoshiModel model = MoshiModel.zeros(MoshiConfig.read("config.json", config.get("lm")));
        try (SafetensorsFile weights = files.tensors("weights.safetensors")) {
            model.stateDict().load(weights);
            return model;
        } catch (IOException e) {
            model.close();
            throw e;
        }
    }

    /** The loss weights of a case. */
    static MoshiLoss.Weights weights(JsonNode config) {
        return new MoshiLoss.Weights(
                config.get("first_codebook_weight_multiplier").doubleValue(),
                config.get("text_padding_weight").doubleValue());
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                MoshiModel model = load(files, config);
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors");
                SafetensorsFile gradients = files.tensors("grads.safetensors")) {
            Tensor codes = inputs.load("codes");
            logits(comparison, model, codes, expected);
            for (boolean recompute : List.of(false, true)) {
                step(comparison, model, codes, weights(config), recompute, expected, gradients);
            }
        }
        return comparison.result();
    }

    private static void step(
            Comparison comparison,
            MoshiModel model,
            Tensor codes,
            MoshiLoss.Weights weights,
            boolean recompute,
            SafetensorsFile expected,
            SafetensorsFile gradients)
            throws IOException {
        String suffix = recompute ? " (recomputed)" : "";
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            tape.watch(model.stateDict().parameters());
            MoshiLoss loss = MoshiLoss.of(model, codes, weights, tape, recompute);
            losses(comparison, loss, expected);
            tape.backward(loss.total());
            gradients(comparison, model.stateDict(), gradients, suffix);
        }
        model.stateDict().parameters().forEach(Parameter::clearGradient);
    }

    /** Compares both losses. */
    static void losses(Comparison comparison, MoshiLoss loss, SafetensorsFile expected) throws IOException {
        comparison.add("text loss", loss.text().reshape(1), expected.load("text_loss"), Comparison.FORWARD);
        comparison.add("audio loss", loss.audio().reshape(1), expected.load("audio_loss"), Comparison.FORWARD);
    }

    /** Compares the gradients of all parameters that the file names. */
    static void gradients(Comparison comparison, StateDict stateDict, SafetensorsFile expected, String suffix)
            throws IOException {
        for (String name : expected.names()) {
            Parameter parameter = stateDict.parameter(name);
            Tensor actual = parameter.gradient();
            comparison.add(
                    "gradient of " + name + suffix,
                    actual == null ? parameter.value().zerosLike() : actual,
                    expected.load(name),
                    Comparison.GRADIENT);
        }
    }

    /** Compares the logits of all streams where a code is predicted, and where that is. */
    static void logits(Comparison comparison, MoshiModel model, Tensor codes, SafetensorsFile expected)
            throws IOException {
        MoshiConfig config = model.config();
        try (Scope _ = Scope.open()) {
            DelayedCodes delayed = DelayedCodes.of(codes, config);
            Tensor temporal = model.temporal(delayed.inputs(), null);
            Tensor depth = model.depth(delayed.tokens(), temporal, null);
            Tensor[] audio = new Tensor[config.depQ()];
            Tensor[] mask = new Tensor[config.depQ()];
            for (int i = 0; i < audio.length; i++) {
                Tensor logits = model.audioLogits(i, depth.select(1, i)).reshape(codes.dim(0), codes.dim(2), -1);
                audio[i] = undelay(logits, config.delays().get(i + 1));
                mask[i] = counted(delayed, i + 1, config.delays().get(i + 1));
            }
            int textDelay = config.delays().getFirst();
            Tensor text = undelay(model.textLogits(temporal), textDelay).unsqueeze(1);
            Tensor textMask = counted(delayed, 0, textDelay).unsqueeze(1);
            masked(comparison, "logits", Tensor.stack(1, audio), Tensor.stack(1, mask), expected.load("logits"));
            masked(comparison, "text logits", text, textMask, expected.load("text_logits"));
            flags(comparison, "mask", Tensor.stack(1, mask), expected.load("mask"));
            flags(comparison, "text mask", textMask, expected.load("text_mask"));
        }
    }

    /** The logits of each code at the code's own frame; zeros at the end, where the delay leaves none: [B, T, V]. */
    private static Tensor undelay(Tensor logits, int delay) {
        return logits.slice(1, delay, logits.dim(1))
                .pad(org.openmoshi.tensor.ComputeOp.PadMode.CONSTANT, 1, 0, delay, 0);
    }

    /** Where a code of a stream is predicted, at the code's own frame, as 0 and 1: [B, T]. */
    private static Tensor counted(DelayedCodes delayed, int stream, int delay) {
        Tensor targets = delayed.targets().select(1, stream);
        return undelay(targets.ge(targets.zerosLike()).cast(DType.F32).unsqueeze(-1), delay)
                .squeeze(-1);
    }

    /** Where no code is predicted, references store zeros, NaN, or logits without a target. */
    private static void masked(Comparison comparison, String name, Tensor actual, Tensor mask, Tensor expected) {
        Tensor counted = mask.unsqueeze(-1).gt(mask.unsqueeze(-1).zerosLike());
        Tensor nothing = actual.zerosLike();
        comparison.add(name, counted.where(actual, nothing), counted.where(expected, nothing), Comparison.FORWARD);
    }

    private static void flags(Comparison comparison, String name, Tensor actual, Tensor expected) {
        comparison.add(name, actual, expected.cast(DType.F32), 0.5 / actual.size());
    }
}
