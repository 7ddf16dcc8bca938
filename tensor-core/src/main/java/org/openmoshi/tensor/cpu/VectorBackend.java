package org.openmoshi.tensor.cpu;

import jdk.incubator.vector.VectorShape;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.InPlaceOp.*;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;
import org.openmoshi.tensor.cpu.vector.CopyKernel;
import org.openmoshi.tensor.cpu.vector.RandomKernel;

/**
 * The fast CPU backend: float32 kernels on the Vector API, everything else (float64, integers, rare operations) by
 * {@link ScalarBackend}'s loops.
 */
final class VectorBackend extends CpuBackend {
    private final ScalarBackend scalar = new ScalarBackend("cpu");

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return "Vector API kernels of " + VectorShape.preferredShape().vectorBitSize() + " bits, " + Parallel.threads()
                + " threads";
    }

    @Override
    public Execution run(Op op, Tensor[] inputs, Tensor[] outputs) {
        return vectorised(op, inputs, outputs) ? Execution.KERNEL : scalar.run(op, inputs, outputs);
    }

    /** Runs the operation if there is a vector kernel for it and these types; false otherwise. */
    private static boolean vectorised(Op op, Tensor[] in, Tensor[] out) {
        return switch (op) {
            case ComputeOp compute -> vectorised(compute, in, out);
            case InPlaceOp inPlace -> vectorised(inPlace, in);
            case ViewOp view -> false;
        };
    }

    private static boolean vectorised(ComputeOp op, Tensor[] in, Tensor[] out) {
        switch (op) {
            case Full o
            when isFloat32(out) -> CopyKernel.fill(out[0].segment(), out[0].offset(), out[0].size(), (float) o.value());
            case Random o when isFloat32(out) -> RandomKernel.fill(o, out[0].segment(), out[0].offset(), out[0].size());
            case Unary o when isFloat32(in) -> VectorElementwise.unary(o, in[0], out[0]);
            case UnaryGrad o when isFloat32(in) -> VectorElementwise.unaryGrad(o, in[0], in[1], out[0]);
            case Binary o when isFloat32(in) -> VectorElementwise.binary(o, in[0], in[1], out[0]);
            case Compare o when isFloat32(in) -> VectorElementwise.compare(o, in[0], in[1], out[0]);
            case Where o when isFloat32(out) -> VectorElementwise.where(in[0], in[1], in[2], out[0]);
            case Contiguous o when isFloat32(in) -> VectorElementwise.copy(in[0], out[0]);
            case GlobalNorm _ when isFloat32(in) -> VectorElementwise.globalNorm(in, out[0]);
            case Reduce o when isFloat32(in) -> VectorElementwise.reduce(o, in[0], out[0]);
            case MatMul o when isFloat32(in) -> VectorProducts.matMul(in[0], in[1], out[0]);
            case Linear o when isFloat32(in) -> VectorProducts.linear(in, out[0]);
            case Conv1d o when isFloat32(in) -> VectorProducts.conv1d(o, in, out[0]);
            case Conv1dGradInput o when isFloat32(in) -> VectorProducts.conv1dGradInput(o, in, out[0]);
            case Conv1dGradWeight o when isFloat32(in) -> VectorProducts.conv1dGradWeight(o, in, out[0]);
            case ConvTranspose1d o when isFloat32(in) -> VectorProducts.convTranspose1d(o, in, out[0]);
            case Conv2d o when isFloat32(in) -> VectorProducts.conv2d(o, in, out[0]);
            case Conv2dGradInput o when isFloat32(in) -> VectorProducts.conv2dGradInput(o, in, out[0]);
            case Conv2dGradWeight o when isFloat32(in) -> VectorProducts.conv2dGradWeight(o, in, out[0]);
            case Softmax o when isFloat32(in) -> VectorRows.softmax(o, in[0], out[0]);
            case SoftmaxGrad o when isFloat32(in) -> VectorRows.softmaxGrad(o, in[0], in[1], out[0]);
            case LogSoftmax o when isFloat32(in) -> VectorRows.logSoftmax(o, in[0], out[0]);
            case LogSoftmaxGrad o when isFloat32(in) -> VectorRows.logSoftmaxGrad(o, in[0], in[1], out[0]);
            case LayerNorm o when isFloat32(in) -> VectorRows.layerNorm(o, in, out);
            case LayerNormGrad o when isFloat32(in) -> VectorRows.layerNormGrad(in, out);
            case RmsNorm o when isFloat32(in) -> VectorRows.rmsNorm(o, in, out);
            case RmsNormGrad o when isFloat32(in) -> VectorRows.rmsNormGrad(in, out);
            case WeightNorm o when isFloat32(in) -> VectorRows.weightNorm(in, out[0]);
            case WeightNormGrad o when isFloat32(in) -> VectorRows.weightNormGrad(in, out);
            case CrossEntropy o when isFloat32(out) && in[1].isContiguous() -> VectorRows.crossEntropy(o, in, out);
            case CrossEntropyGrad o
            when isFloat32(out) && in[2].isContiguous() -> VectorRows.crossEntropyGrad(in, out[0]);
            case NearestCode o when isFloat32(in) -> VectorRows.nearestCode(in, out[0]);
            case ResidualCodes o when isFloat32(in) -> VectorRows.residualCodes(in, out);
            case Rope o when isFloat32(out) -> VectorAttention.rope(o, in, out[0]);
            case Attention o when isFloat32(in) -> VectorAttention.attention(o, in, out);
            case AttentionGrad o when isFloat32(in) -> VectorAttention.attentionGrad(o, in, out);
            case PackedConv1d o
            when isFloat32(out) -> {
                return VectorStreams.packedConv1d(o, in, out[0]);
            }
            case RingAttention o
            when isFloat32(out) -> {
                return VectorStreams.ringAttention(o, in, out[0]);
            }
            case Stft o
            when isFloat32(in) -> {
                return VectorSpectra.stft(o, in, out[0]);
            }
            case StftGrad o
            when isFloat32(in) -> {
                return VectorSpectra.stftGrad(o, in, out[0]);
            }
            case GroupNorm o when isFloat32(in) -> VectorRows.groupNorm(o, in, out);
            case GroupNormGrad o when isFloat32(in) -> VectorRows.groupNormGrad(o, in, out);
            case Concat o when isFloat32(in) -> VectorMoves.concat(o, in, out[0]);
            case Pad o when isFloat32(in) -> VectorMoves.pad(o, in[0], out[0]);
            case PadGrad o when isFloat32(in) -> VectorMoves.padGrad(o, in[0], out[0]);
            case Embedding o when isFloat32(out) && in[0].isContiguous() -> VectorMoves.embedding(in[0], in[1], out[0]);
            case EmbeddingGrad o
            when isFloat32(out) && in[1].isContiguous() -> VectorMoves.embeddingGrad(in[0], in[1], out[0]);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean vectorised(InPlaceOp op, Tensor[] in) {
        if (in[0].dtype() != DType.F32 || in.length > 1 && in[1].dtype() != DType.F32) {
            return false;
        }
        return switch (op) {
            case Fill o -> VectorUpdates.fill(o, in[0]);
            case CopyInto o -> VectorUpdates.copyInto(in[0], in[1]);
            case ScaleInto o -> VectorUpdates.scale(o, in[0]);
            case AddInto o -> VectorUpdates.add(o, in[0], in[1]);
            case LerpInto o -> VectorUpdates.lerp(o, in[0], in[1]);
            case AdamStep o -> VectorUpdates.adam(o, in);
            case SgdStep o -> VectorUpdates.sgd(o, in);
            case RingWrite _ -> VectorStreams.ringWrite(in);
            case CodebookEma o -> in[2].dtype() == DType.F32 && VectorUpdates.codebookEma(o, in);
        };
    }

    private static boolean isFloat32(Tensor[] tensors) {
        for (Tensor t : tensors) {
            if (t.dtype() != DType.F32) {
                return false;
            }
        }
        return true;
    }
}
