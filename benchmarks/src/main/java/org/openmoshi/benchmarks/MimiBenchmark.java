package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.autograd.Tape;
import org.openmoshi.benchmarks.pytorch.TorchScript;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.QuantizerTraining;
import org.openmoshi.models.mimi.TrainingStep;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * The published codec: ten seconds to codes (8 codebooks, 1.1 kbit/s) and back, and a reconstruction step without the
 * optimizer on two seconds. Random weights, the same on both sides; PyTorch's codec is {@code mimi.py}.
 */
@Warmup(iterations = 20)
@Measurement(iterations = 3)
public class MimiBenchmark extends Timing {
    private static final MimiConfig PUBLISHED = MimiConfig.preset("mimi-24khz");
    private static final int CODEBOOKS = 8;
    private static final int TEN_SECONDS = 240_000;
    private static final int TWO_SECONDS = 48_000;

    /** The weights of both sides, with codebooks that have centroids. */
    static Mimi randomCodec(MimiConfig config) {
        Mimi mimi = Mimi.random(config, new Generator(1));
        Generator centroids = new Generator(2);
        try (Scope _ = Scope.open()) {
            for (Map.Entry<String, Tensor> buffer : mimi.stateDict().buffers().entrySet()) {
                Tensor tensor = buffer.getValue();
                if (buffer.getKey().endsWith("embedding_sum")) {
                    tensor.copyFrom_(centroids.normal(
                            tensor.dtype(), 0, 1, tensor.shape().toArray()));
                } else {
                    tensor.fill_(1); // initialized, every code used once
                }
            }
        }
        return mimi;
    }

    @State(Thread)
    public static class Ours {
        // Nothing is drawn and no code is replaced: every step does the same work.
        private static final TrainingStep STEP =
                new TrainingStep(new QuantizerTraining(0.99, 50, 5, 0.1, false, 0), 1, new Generator(3));

        MimiConfig config = PUBLISHED;
        Mimi mimi;
        Tensor wav;
        Tensor codes;
        Tensor clip;

        @Setup
        public void open() {
            Operands operands = new Operands();
            mimi = randomCodec(config);
            wav = Tensor.of(operands.next(TEN_SECONDS), 1, 1, TEN_SECONDS);
            codes = mimi.encode(wav, CODEBOOKS);
            clip = Tensor.of(operands.next(TWO_SECONDS), 1, 1, TWO_SECONDS);
        }

        /** Frees the codec. */
        @TearDown
        public void close() {
            mimi.close();
            wav.close();
            codes.close();
            clip.close();
        }

        Tensor encode() {
            return mimi.encode(wav, CODEBOOKS);
        }

        Tensor decode() {
            return mimi.decode(codes);
        }

        /** Accumulates the gradients of mean squared error + 0.25 * commitment in the parameters; returns the loss. */
        Tensor backward() {
            for (Parameter parameter : mimi.stateDict().parameters()) {
                parameter.clearGradient();
            }
            try (Tape tape = Tape.open()) {
                tape.watch(mimi.stateDict().parameters());
                Mimi.TrainingOutput output = mimi.forward(clip, STEP);
                Tensor loss = output.reconstruction()
                        .sub(clip)
                        .square()
                        .mean()
                        .add(output.commitment().mul(0.25));
                tape.backward(loss);
                return loss;
            }
        }
    }

    @State(Thread)
    public static class PyTorch {
        MimiConfig config = PUBLISHED;
        TorchScript torch;
        NDList encode;
        NDList decode;
        NDList gradients;

        @Setup
        public void open() {
            torch = TorchScript.load("mimi.py");
            Operands operands = new Operands();
            List<NDArray> weights = weights();
            NDArray wav = torch.copy(operands.next(TEN_SECONDS), 1, 1, TEN_SECONDS);
            encode = call("encode", wav, weights);
            decode = call("decode", torch.infer(encode).getFirst(), weights);
            NDArray clip = torch.copy(operands.next(TWO_SECONDS), 1, 1, TWO_SECONDS);
            gradients = call("gradients", clip, weights);
        }

        /** Frees the codec. */
        @TearDown
        public void close() {
            torch.close();
        }

        private NDList call(String function, NDArray input, List<NDArray> weights) {
            List<NDArray> arguments = new ArrayList<>(weights);
            arguments.addFirst(input);
            return torch.call(function, arguments.toArray(new NDArray[0]));
        }

        /** The state dict as the elements of a dictionary w, with what mimi.py reads beside it. */
        private List<NDArray> weights() {
            List<NDArray> weights = new ArrayList<>();
            try (Mimi mimi = randomCodec(config)) {
                for (Parameter parameter : mimi.stateDict().parameters()) {
                    NDArray weight = torch.copy(
                            parameter.value().toFloats(),
                            parameter.value().shape().toArray());
                    weight.setRequiresGradient(true);
                    weight.setName("w." + parameter.name());
                    weights.add(weight);
                }
                mimi.stateDict().buffers().forEach((name, buffer) -> {
                    if (name.endsWith("embedding_sum")) { // every code was used once: the sum is the centroid
                        NDArray centroids =
                                torch.copy(buffer.toFloats(), buffer.shape().toArray());
                        centroids.setName("w." + name.replace("embedding_sum", "embedding"));
                        weights.add(centroids);
                    }
                });
            }
            NDArray sizes = torch.manager().create(new int[] {
                config.transformer().numHeads(), config.transformer().context()
            });
            sizes.setName("w.transformer.sizes");
            weights.add(sizes);
            return weights;
        }
    }

    @Benchmark
    public void encodeOurs(Ours s, Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(s.encode());
        }
    }

    @Benchmark
    public void encodePyTorch(PyTorch s, Blackhole blackhole) {
        try (NDList codes = s.torch.infer(s.encode)) {
            blackhole.consume(codes);
        }
    }

    @Benchmark
    public void decodeOurs(Ours s, Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(s.decode());
        }
    }

    @Benchmark
    public void decodePyTorch(PyTorch s, Blackhole blackhole) {
        try (NDList wav = s.torch.infer(s.decode)) {
            blackhole.consume(wav);
        }
    }

    @Benchmark
    public void encodeDecodeOurs(Ours s, Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(s.encode());
            blackhole.consume(s.decode());
        }
    }

    @Benchmark
    public void encodeDecodePyTorch(PyTorch s, Blackhole blackhole) {
        try (NDList codes = s.torch.infer(s.encode);
                NDList wav = s.torch.infer(s.decode)) {
            blackhole.consume(codes);
            blackhole.consume(wav);
        }
    }

    @Benchmark
    @Warmup(iterations = 60) // until the last rarely called kernel is compiled
    public void forwardBackwardOurs(Ours s, Blackhole blackhole) {
        try (Scope _ = Scope.open()) {
            blackhole.consume(s.backward());
        }
    }

    @Benchmark
    public void forwardBackwardPyTorch(PyTorch s, Blackhole blackhole) {
        try (NDList gradients = s.torch.train(s.gradients)) {
            blackhole.consume(gradients);
        }
    }
}
