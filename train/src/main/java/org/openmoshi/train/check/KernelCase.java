package org.openmoshi.train.check;

import java.util.List;
import org.openmoshi.tensor.Axes;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.Binary;
import org.openmoshi.tensor.ComputeOp.BinaryKind;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.ComputeOp.CrossEntropy;
import org.openmoshi.tensor.ComputeOp.Distribution;
import org.openmoshi.tensor.ComputeOp.Embedding;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.ComputeOp.Linear;
import org.openmoshi.tensor.ComputeOp.MatMul;
import org.openmoshi.tensor.ComputeOp.NearestCode;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.ComputeOp.Reduce;
import org.openmoshi.tensor.ComputeOp.ReduceKind;
import org.openmoshi.tensor.ComputeOp.RmsNorm;
import org.openmoshi.tensor.ComputeOp.Softmax;
import org.openmoshi.tensor.ComputeOp.Stft;
import org.openmoshi.tensor.ComputeOp.Unary;
import org.openmoshi.tensor.ComputeOp.UnaryKind;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * A kernel at a size that Mimi or a Moshi transformer has.
 *
 * @param shapes of its inputs; float32 except where the operation takes indices
 * @param gigaflops arithmetic of one run in 10^9 operations, a multiply-add counting two
 * @param megabytes compulsory traffic of one run in 10^6 bytes: every input read once, every output written once
 */
public record KernelCase(String name, Op op, List<long[]> shapes, double gigaflops, double megabytes) {
    private static KernelCase of(String name, Op op, double gigaflops, double megabytes, long[]... shapes) {
        return new KernelCase(name, op, List.of(shapes), gigaflops, megabytes);
    }

    private static long[] shape(long... dims) {
        return dims;
    }

    /** All cases. */
    public static List<KernelCase> all() {
        Conv1d causal = new Conv1d(1, 6, 0, 1, 1);
        return List.of(
                of("matMul 1024^3", new MatMul(), 2.147, 12.58, shape(1024, 1024), shape(1024, 1024)),
                of("linear 1 x 4096 -> 4096", new Linear(), 0.0336, 67.1, shape(1, 4096), shape(4096, 4096)),
                of("conv1d 512->512 k7 T1000", causal, 3.670, 11.43, shape(1, 512, 1000), shape(512, 512, 7)),
                of(
                        "conv1d 512->512 k7 T1000, input gradient",
                        new Conv1dGradInput(causal, 1000),
                        3.670,
                        11.43,
                        shape(1, 512, 1000),
                        shape(512, 512, 7)),
                of(
                        "conv1d 512->512 k7 T1000, weight gradient",
                        new Conv1dGradWeight(causal, 7),
                        3.670,
                        11.43,
                        shape(1, 512, 1000),
                        shape(1, 512, 1000)),
                of(
                        "conv1d 64->128 k8 s4 T48004",
                        new Conv1d(4, 0, 0, 1, 1),
                        1.573,
                        18.70,
                        shape(1, 64, 48004),
                        shape(128, 64, 8)),
                of(
                        "convTranspose1d 512->256 k12 s6 T400",
                        new ConvTranspose1d(6, 0, 6, 1, 1),
                        1.258,
                        9.57,
                        shape(1, 512, 400),
                        shape(512, 256, 12)),
                of(
                        "attention 8 x 512 x 64, causal",
                        new Attention(true, 0, 0.125),
                        0.269,
                        4.21,
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512, 64)),
                of(
                        "attention 8 x 512 x 64, causal, gradient",
                        new AttentionGrad(true, 0, 0.125),
                        0.672,
                        8.41,
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512, 64),
                        shape(1, 8, 512)),
                of(
                        "nearestCode 1000 x 256, 2048 codes",
                        new NearestCode(),
                        1.573,
                        3.13,
                        shape(1000, 256),
                        shape(2048, 256)),
                of(
                        "layerNorm 4096 x 512",
                        new LayerNorm(1e-5),
                        0.0168,
                        16.81,
                        shape(4096, 512),
                        shape(512),
                        shape(512)),
                of("rmsNorm 4096 x 512", new RmsNorm(1e-8), 0.0084, 16.80, shape(4096, 512), shape(512)),
                of("softmax 4096 x 512", new Softmax(1), 0.0105, 16.78, shape(4096, 512)),
                of("crossEntropy 512 x 32000", new CrossEntropy(), 0.0655, 65.54, shape(512, 32000), shape(512)),
                of("embedding 2048 of 32000 x 512", new Embedding(), 0, 8.40, shape(2048), shape(32000, 512)),
                of("gelu 4M", new Unary(UnaryKind.GELU, 0, 0), 0.0419, 33.55, shape(4_194_304)),
                of("add 4M", new Binary(BinaryKind.ADD), 0.0042, 50.33, shape(4_194_304), shape(4_194_304)),
                of(
                        "sum 4096 x 1024 over rows",
                        new Reduce(ReduceKind.SUM, Axes.of(1), false),
                        0.0042,
                        16.79,
                        shape(4096, 1024)),
                of("stft 1024, hop 256, 10 s", new Stft(1024, 256), 0.048, 4.81, shape(1, 240_000), shape(1024)),
                of(
                        "AdamW step, 4M parameters",
                        new AdamStep(1e-3, 0.9, 0.999, 1e-8, 0.01, true, 1),
                        0.0587,
                        117.4,
                        shape(4_194_304),
                        shape(4_194_304),
                        shape(4_194_304),
                        shape(4_194_304)));
    }

    /** Random inputs on a backend, for the current scope. */
    public Tensor[] inputs(Backend backend) {
        Tensor[] inputs = new Tensor[shapes.size()];
        for (int i = 0; i < inputs.length; i++) {
            Shape shape = Shape.of(shapes.get(i));
            boolean index = op instanceof Embedding && i == 0 || op instanceof CrossEntropy && i == 1;
            inputs[i] = index
                    ? Tensor.full(backend, DType.I64, 7, shape)
                    : Engine.create(backend, new Random(Distribution.UNIFORM, DType.F32, shape, 1, 0, 0.1, 1));
        }
        return inputs;
    }

    /** Runs it once; the results are closed. */
    public void run(Tensor... inputs) {
        if (op instanceof InPlaceOp inPlace) {
            Engine.runInPlace(inPlace, inputs);
        } else {
            for (Tensor output : Engine.runAll(op, inputs)) {
                output.close();
            }
        }
    }

    /** Operations per byte. */
    double intensity() {
        return gigaflops * 1e3 / megabytes;
    }

    /** The type that it computes in. */
    DType arithmetic() {
        return op instanceof NearestCode ? DType.F64 : DType.F32; // distances in double: codes depend on no device
    }

    /** The least time in milliseconds at a device's limits: of arithmetic or of memory, whichever is longer. */
    double leastMilliseconds(Limits limits) {
        return 1e3 * Math.max(arithmeticSeconds(limits), memorySeconds(limits));
    }

    private double arithmeticSeconds(Limits limits) {
        return gigaflops * 1e9 / limits.flops(arithmetic());
    }

    private double memorySeconds(Limits limits) {
        return megabytes * 1e6 / limits.bandwidth();
    }

    /** Which limit that is. */
    String limit(Limits limits) {
        return arithmeticSeconds(limits) > memorySeconds(limits) ? "arithmetic" : "memory";
    }
}
