package org.openmoshi.train.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.discriminator.Discriminator;
import org.openmoshi.models.discriminator.MsStftConfig;
import org.openmoshi.models.golden.CaseFolder;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.loss.FeatureMatchingLoss;
import org.openmoshi.train.loss.HingeLoss;
import org.openmoshi.train.loss.LossBalancer;

/**
 * The multi-scale STFT discriminator with its losses: logits, gradients at the estimate alone and balanced, gradients of
 * the discriminator.
 */
public final class MsStftDiscriminatorCase implements GoldenCase {
    @Override
    public String kind() {
        return "msstft_discriminator";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Comparison comparison = new Comparison();
        try (SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile weights = files.tensors("weights.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors");
                SafetensorsFile gradients = files.tensors("grads.safetensors");
                Discriminator discriminator = Discriminator.zeros(List.of(config(config)))) {
            discriminator.stateDict().load(weights);
            try (Scope _ = Scope.open()) {
                Tensor real = inputs.load("real"); // [B, 1, T]
                Tensor fake = inputs.load("fake"); // [B, 1, T]
                generatorStep(
                        comparison,
                        discriminator,
                        expected,
                        real,
                        fake,
                        config.get("balancer").get("weights"));
                discriminatorStep(comparison, discriminator, expected, gradients, real, fake);
            }
        }
        return comparison.result();
    }

    private static void generatorStep(
            Comparison comparison,
            Discriminator discriminator,
            SafetensorsFile expected,
            Tensor real,
            Tensor fake,
            JsonNode weights)
            throws IOException {
        try (Tape tape = Tape.open()) {
            tape.watch(fake);
            Discriminator.Verdict onReal = discriminator.forward(real);
            Discriminator.Verdict onFake = discriminator.forward(fake);
            for (int i = 0; i < onReal.logits().size(); i++) {
                String name = "logit_real." + i;
                comparison.add(name, onReal.logits().get(i), expected.load(name), Comparison.FORWARD);
            }
            Map<String, Tensor> losses = new LinkedHashMap<>();
            losses.put("adv", HingeLoss.generator(onFake.logits()));
            losses.put("feat", FeatureMatchingLoss.forward(onFake.features(), onReal.features()));
            Map<String, Double> shares = new LinkedHashMap<>();
            for (Map.Entry<String, Tensor> loss : losses.entrySet()) {
                String name = loss.getKey();
                comparison.add(name, loss.getValue().reshape(1), expected.load(name), Comparison.FORWARD);
                Tensor gradient = tape.gradients(loss.getValue(), true, fake)[0];
                comparison.add("grad_" + name, gradient, expected.load("grad_" + name), Comparison.GRADIENT);
                shares.put(name, weights.get(name).doubleValue());
            }
            Tensor balanced = new LossBalancer(shares, 0.999).balance(tape, losses, fake);
            comparison.add("balanced_grad", balanced, expected.load("balanced_grad"), Comparison.GRADIENT);
        }
    }

    /**
     * The gradients that real and fake audio give nearly cancel, since an untrained discriminator judges both alike:
     * their sum is up to 6000 times smaller than either and has lost as many digits. Errors are therefore relative to
     * the gradient that the real audio alone gives.
     */
    private static void discriminatorStep(
            Comparison comparison,
            Discriminator discriminator,
            SafetensorsFile expected,
            SafetensorsFile gradients,
            Tensor real,
            Tensor fake)
            throws IOException {
        List<Tensor> onReal = discriminator.forward(real).logits();
        List<Tensor> onFake = discriminator.forward(fake).logits();
        List<Double> norms = new ArrayList<>(); // in the order of the parameters
        try (Tape tape = Tape.open()) {
            tape.watch(discriminator.stateDict().parameters());
            Tensor loss = HingeLoss.discriminator(discriminator.forward(real).logits(), onFake);
            comparison.add("disc", loss.reshape(1), expected.load("disc"), Comparison.FORWARD);
            tape.backward(loss);
            for (Parameter parameter : discriminator.stateDict().parameters()) {
                norms.add(norm(gradient(parameter).toDoubles()));
            }
            tape.backward(
                    HingeLoss.discriminator(onReal, discriminator.forward(fake).logits()));
        }
        int next = 0;
        for (Parameter parameter : discriminator.stateDict().parameters()) {
            double[] difference =
                    gradient(parameter).sub(gradients.load(parameter.name())).toDoubles();
            double error = norm(difference) / norms.get(next++);
            comparison.add("gradient of " + parameter.name(), error, Comparison.GRADIENT);
        }
    }

    private static Tensor gradient(Parameter parameter) {
        Tensor gradient = parameter.gradient();
        return gradient == null ? parameter.value().zerosLike() : gradient;
    }

    private static double norm(double... values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    private static MsStftConfig config(JsonNode config) throws IOException {
        requireFixed(config, "kernel_size", "[3,9]");
        requireFixed(config, "stride", "[1,2]");
        requireFixed(config, "dilations", "[1,2,4]");
        requireFixed(config, "leaky_relu", "0.3");
        return new MsStftConfig(
                config.get("filters").intValue(),
                integers(config.get("n_ffts")),
                integers(config.get("hop_lengths")),
                integers(config.get("win_lengths")));
    }

    private static void requireFixed(JsonNode config, String key, String value) throws IOException {
        if (!value.equals(config.get(key).toString())) {
            throw new IOException(key + " is " + config.get(key) + ", this discriminator has " + value + " only");
        }
    }

    private static List<Integer> integers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::intValue)
                .toList();
    }
}
