package org.openmoshi.train.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.optim.Adam;
import org.openmoshi.autograd.optim.GradientNorm;
import org.openmoshi.autograd.optim.Optimizer;
import org.openmoshi.autograd.optim.ParameterGroup;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.golden.CaseFolder;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** AdamW with gradient clipping under two schedules: learning rates, momenta, gradient norms and weights by step. */
public final class OptimCase implements GoldenCase {
    private static final double SCHEDULE = 1e-12; // learning rates are stored in float64

    @Override
    public String kind() {
        return "optim";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        JsonNode cycle = config.get("onecycle");
        Comparison comparison = new Comparison();
        try (SafetensorsFile tensors = files.tensors("tensors.safetensors")) {
            Schedule.OneCycle usual =
                    Schedule.OneCycle.of(cycle.get("total_steps").intValue());
            Schedule oneCycle = new Schedule.OneCycle(
                    usual.total(),
                    cycle.get("pct_start").doubleValue(),
                    usual.divFactor(),
                    usual.finalDivFactor(),
                    usual.minMomentum(),
                    usual.maxMomentum());
            Schedule exponential = new Schedule.Exponential(
                    config.get("exponential").get("gamma").doubleValue());
            compare(comparison, config, tensors, "onecycle.", oneCycle);
            compare(comparison, config, tensors, "exponential.", exponential);
        }
        return comparison.result();
    }

    private static void compare(
            Comparison comparison, JsonNode config, SafetensorsFile tensors, String prefix, Schedule schedule)
            throws IOException {
        JsonNode adamW = config.get("adamw");
        double beta1 = adamW.get("betas").get(0).doubleValue();
        double beta2 = adamW.get("betas").get(1).doubleValue();
        try (Scope _ = Scope.open();
                Parameter weight = new Parameter("weight", tensors.load(prefix + "w0"));
                Parameter bias = new Parameter("bias", tensors.load(prefix + "b0"))) {
            List<Parameter> parameters = List.of(weight, bias);
            ParameterGroup group = new ParameterGroup(
                    "all",
                    parameters,
                    adamW.get("lr").doubleValue(),
                    adamW.get("weight_decay").doubleValue());
            try (Optimizer optimizer =
                    Adam.adamW(List.of(group), beta1, beta2, adamW.get("eps").doubleValue())) {
                double[] rates = tensors.load(prefix + "lr").toDoubles();
                double[] momenta = tensors.load(prefix + "beta1").toDoubles();
                for (int step = 0; step < rates.length; step++) {
                    double rate = schedule.factor(step) * group.learningRate();
                    double momentum = Double.isNaN(schedule.momentum(step)) ? beta1 : schedule.momentum(step);
                    comparison.add(prefix + "lr[" + step + "]", relative(rate, rates[step]), SCHEDULE);
                    comparison.add(prefix + "beta1[" + step + "]", relative(momentum, momenta[step]), SCHEDULE);

                    weight.accumulate(tensors.load(prefix + "gw" + step));
                    bias.accumulate(tensors.load(prefix + "gb" + step));
                    Tensor norm = GradientNorm.of(parameters);
                    double expectedNorm = tensors.load(prefix + "norm" + step).item();
                    comparison.add(prefix + "norm" + step, relative(norm.item(), expectedNorm), Comparison.FORWARD);

                    optimizer.step(
                            schedule,
                            step,
                            GradientNorm.clipScale(norm, config.get("clip_norm").doubleValue()));
                    optimizer.clearGradients();
                    compare(comparison, tensors, prefix + "w" + (step + 1), weight.value());
                    compare(comparison, tensors, prefix + "b" + (step + 1), bias.value());
                }
            }
        }
    }

    private static void compare(Comparison comparison, SafetensorsFile tensors, String name, Tensor actual)
            throws IOException {
        comparison.add(name, actual, tensors.load(name), Comparison.GRADIENT);
    }

    private static double relative(double actual, double expected) {
        return Math.abs(actual - expected) / Math.abs(expected);
    }
}
