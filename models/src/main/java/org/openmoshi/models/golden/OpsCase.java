package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Single operations: the result, and the gradient of every input for a given gradient of the result. */
public final class OpsCase implements GoldenCase {
    @Override
    public String kind() {
        return "ops";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        Comparison comparison = new Comparison();
        try (SafetensorsFile tensors = files.tensors("tensors.safetensors")) {
            for (JsonNode operation : files.json("config.json").get("cases")) {
                compare(operation, tensors, comparison);
            }
        }
        return comparison.result();
    }

    private static void compare(JsonNode operation, SafetensorsFile tensors, Comparison comparison) throws IOException {
        String id = operation.get("id").asText();
        String name = id + " " + operation.get("op").asText();
        JsonNode names = operation.get("inputs");
        Tensor[] inputs = new Tensor[names.size()];
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            for (int i = 0; i < inputs.length; i++) {
                Tensor tensor = tensors.load(id + "." + names.get(i).asText());
                inputs[i] = tensor.dtype().isDifferentiable() ? tape.watch(tensor) : tensor;
            }
            Tensor out = forward(operation.get("op").asText(), operation.get("attrs"), inputs);
            comparison.add(name, out, tensors.load(id + ".out"), Comparison.FORWARD);
            tape.backward(new Tensor[] {out}, tensors.load(id + ".out.grad"));
            for (int i = 0; i < inputs.length; i++) {
                if (inputs[i].dtype().isDifferentiable()) {
                    String gradient = names.get(i).asText() + ".grad";
                    Tensor actual = tape.gradient(inputs[i]);
                    comparison.add(
                            name + " " + gradient,
                            actual == null ? inputs[i].zerosLike() : actual,
                            tensors.load(id + "." + gradient),
                            Comparison.GRADIENT);
                }
            }
        }
    }

    private static Tensor forward(String op, JsonNode attrs, Tensor... in) throws IOException {
        Tensor x = in[0];
        return switch (op) {
            case "conv1d" -> {
                int padding = attrs.get("padding").asInt();
                int dilation = attrs.get("dilation").asInt();
                int stride = attrs.get("stride").asInt();
                yield Functions.conv1d(
                        x,
                        in[1],
                        in[2],
                        stride,
                        padding,
                        padding,
                        dilation,
                        attrs.get("groups").asInt());
            }
            case "conv_transpose1d" -> {
                int padding = attrs.get("padding").asInt();
                int stride = attrs.get("stride").asInt();
                yield Functions.convTranspose1d(
                        x,
                        in[1],
                        in[2],
                        stride,
                        padding,
                        padding,
                        1,
                        attrs.get("groups").asInt());
            }
            case "conv2d" -> Functions.conv2d(conv2d(attrs), x, in[1], in[2]);
            case "linear" -> x.linear(in[1], in[2]);
            case "matmul" -> x.matmul(in[1]);
            case "layer_norm" ->
                Functions.layerNorm(x, in[1], in[2], attrs.get("eps").asDouble());
            case "rms_norm" -> Functions.rmsNorm(x, in[1], attrs.get("eps").asDouble());
            case "group_norm" ->
                Functions.groupNorm(
                        x,
                        in[1],
                        in[2],
                        attrs.get("groups").asInt(),
                        attrs.get("eps").asDouble());
            case "elu" -> x.elu();
            case "gelu" -> x.gelu();
            case "silu" -> x.silu();
            case "tanh" -> x.tanh();
            case "sigmoid" -> x.sigmoid();
            case "relu" -> x.relu();
            case "exp" -> x.exp();
            case "leaky_relu" -> x.leakyRelu(attrs.get("slope").asDouble());
            case "softmax" -> Functions.softmax(x, attrs.get("dim").asInt());
            case "log_softmax" -> Functions.logSoftmax(x, attrs.get("dim").asInt());
            case "attention" ->
                Functions.attention(
                        x,
                        in[1],
                        in[2],
                        attrs.get("causal").asBoolean(),
                        attrs.get("context").asInt(0),
                        1 / Math.sqrt(x.dim(3)));
            case "embedding" -> in[1].embedding(x);
            case "cross_entropy_none" -> Functions.crossEntropy(x, in[1], null);
            case "reflection_pad1d" ->
                x.pad(
                        PadMode.REFLECT,
                        -1,
                        attrs.get("pad").get(0).asInt(),
                        attrs.get("pad").get(1).asInt(),
                        0);
            case "weight_norm" -> Functions.weightNorm(x, in[1]);
            case "rope_interleaved" -> {
                double period = attrs.get("max_period").asDouble();
                int offset = attrs.get("offset").asInt();
                yield Tensor.concat(1, Functions.rope(x, period, offset), Functions.rope(in[1], period, offset));
            }
            case "stft_magnitude" -> stftMagnitude(x, attrs);
            default -> throw new IOException("operation '" + op + "' is not known");
        };
    }

    private static ComputeOp.Conv2d conv2d(JsonNode attrs) {
        JsonNode stride = attrs.get("stride");
        JsonNode padding = attrs.get("padding");
        JsonNode dilation = attrs.get("dilation");
        return new ComputeOp.Conv2d(
                stride.get(0).asInt(),
                stride.get(1).asInt(),
                padding.get(0).asInt(),
                padding.get(1).asInt(),
                dilation.get(0).asInt(),
                dilation.get(1).asInt(),
                1);
    }

    /** x: [B, T] -> [B, bins, frames]: centred frames of the reflected signal, the square limited below. */
    private static Tensor stftMagnitude(Tensor x, JsonNode attrs) {
        int nFft = attrs.get("n_fft").asInt();
        Tensor window = Functions.hannWindow(x.dtype(), attrs.get("win").asInt(), true);
        Tensor padded = x.pad(PadMode.REFLECT, -1, nFft / 2, nFft / 2, 0);
        Tensor spectrum = Functions.stft(padded, window, nFft, attrs.get("hop").asInt());
        Tensor power = spectrum.square().sum(1);
        return power.clamp(attrs.get("clamp").asDouble(), Double.POSITIVE_INFINITY)
                .sqrt()
                .transpose(1, 2);
    }
}
