package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.GradientNorm;
import org.openmoshi.autograd.optim.Optimizer;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.moshi.MoshiLoss;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Some optimizer steps of a small Moshi with AdamW under one cycle, clipped: losses and gradient norm of each, and the
 * final weights. The model and its batch are those of the {@code lm_train_step} folder beside this one.
 */
public final class LmTrainStepsCase implements GoldenCase {
    @Override
    public String kind() {
        return "lm_train_steps";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        CaseFolder first = new CaseFolder(folder.resolveSibling(name.replace(kind(), "lm_train_step")));
        JsonNode config = files.json("config.json");
        JsonNode modelConfig = first.json("config.json");
        JsonNode adamW = config.get("adamw");
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                MoshiModel model = LmTrainStepCase.load(first, modelConfig);
                SafetensorsFile inputs = first.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors");
                SafetensorsFile weights = files.tensors("final_weights.safetensors")) {
            List<Parameter> parameters = List.copyOf(model.stateDict().parameters());
            ParameterGroup group = new ParameterGroup(
                    "all",
                    parameters,
                    adamW.get("lr").doubleValue(),
                    adamW.get("weight_decay").doubleValue());
            try (Optimizer optimizer = Adam.adamW(
                    List.of(group),
                    adamW.get("betas").get(0).doubleValue(),
                    adamW.get("betas").get(1).doubleValue(),
                    adamW.get("eps").doubleValue())) {
                Tensor codes = inputs.load("codes");
                Tensor rows = expected.load("losses"); // text, audio, gradient norm
                for (int step = 0; step < rows.dim(0); step++) {
                    double[] row = step(
                            model,
                            codes,
                            LmTrainStepCase.weights(modelConfig),
                            optimizer,
                            schedule(config.get("onecycle")),
                            step,
                            config.get("max_norm").doubleValue());
                    comparison.add(
                            "losses and norm of step " + step,
                            Tensor.of(row, 3),
                            rows.select(0, step),
                            step == 0 ? Comparison.FORWARD : Comparison.GRADIENT);
                }
            }
            for (Parameter parameter : parameters) {
                comparison.add(
                        parameter.name() + " after",
                        parameter.value(),
                        weights.load(parameter.name()),
                        Comparison.GRADIENT);
            }
        }
        return comparison.result();
    }

    private static Schedule schedule(JsonNode cycle) {
        Schedule.OneCycle usual = Schedule.OneCycle.of(cycle.get("total_steps").intValue());
        return new Schedule.OneCycle(
                usual.total(),
                cycle.get("pct_start").doubleValue(),
                usual.divFactor(),
                usual.finalDivFactor(),
                usual.minMomentum(),
                usual.maxMomentum());
    }

    private static double[] step(
            MoshiModel model,
            Tensor codes,
            MoshiLoss.Weights weights,
            Optimizer optimizer,
            Schedule schedule,
            int step,
            double maxNorm) {
        double text;
        double audio;
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            tape.watch(model.stateDict().parameters());
            MoshiLoss loss = MoshiLoss.of(model, codes, weights, tape, false);
            text = loss.text().item();
            audio = loss.audio().item();
            tape.backward(loss.total());
        }
        try (Scope _ = Scope.open()) {
            Tensor norm = GradientNorm.of(model.stateDict().parameters());
            optimizer.step(schedule, step, GradientNorm.clipScale(norm, maxNorm));
            optimizer.clearGradients();
            return new double[] {text, audio, norm.item()};
        }
    }
}
