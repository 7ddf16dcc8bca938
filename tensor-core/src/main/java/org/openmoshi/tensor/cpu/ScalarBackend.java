package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.InPlaceOp.*;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;
import org.openmoshi.tensor.cpu.scalar.*;

/**
 * The reference: every operation in plain loops that compute in double precision and round once on storing. It is the
 * oracle of all other backends, the float64 backend of gradient checks, and what computes when the Vector API is absent.
 */
final class ScalarBackend extends CpuBackend {
    private final String name;

    ScalarBackend(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "scalar loops in double precision, one thread";
    }

    @Override
    public Execution run(Op op, Tensor[] inputs, Tensor[] outputs) {
        try (Operands operands = new Operands(this, inputs, outputs)) {
            switch (op) {
                case ComputeOp compute -> compute(compute, operands);
                case InPlaceOp inPlace -> update(inPlace, operands);
                case ViewOp view ->
                    throw new IllegalArgumentException(view.label() + " is a view and computes nothing");
            }
        }
        return Execution.LOOPS;
    }

    private static void compute(ComputeOp op, Operands t) {
        switch (op) {
            case Full o -> Creation.full(o, t);
            case Arange o -> Creation.arange(o, t);
            case Random o -> Creation.random(o, t);
            case Unary o -> Unaries.forward(o, t);
            case UnaryGrad o -> Unaries.gradient(o, t);
            case Binary o -> Binaries.binary(o, t);
            case Compare o -> Binaries.compare(o, t);
            case Where _ -> Binaries.where(t);
            case Cast _ -> Copies.copy(t);
            case Contiguous _ -> Copies.copy(t);
            case Reduce o -> Reductions.reduce(o, t);
            case GlobalNorm _ -> Reductions.globalNorm(t);
            case ArgReduce o -> Reductions.argReduce(o, t);
            case CumulativeSum o -> Reductions.cumulativeSum(o, t);
            case MatMul _ -> Products.matMul(t);
            case Linear _ -> Products.linear(t);
            case PackedConv1d o -> PackedConvolutions.forward(o, t);
            case Concat o -> Copies.concat(o, t);
            case Pad o -> Copies.pad(o, t);
            case PadGrad o -> Copies.padGradient(o, t);
            case Gather o -> Indexing.gather(o, t);
            case ScatterAdd o -> Indexing.scatterAdd(o, t);
            case IndexSelect o -> Indexing.select(o, t);
            case IndexAdd o -> Indexing.indexAdd(o, t);
            case OneHot o -> Indexing.oneHot(o, t);
            case TopK _ -> Sorting.sort(true, t);
            case Sort o -> Sorting.sort(o.descending(), t);
            case Embedding o -> Indexing.embedding(o, t);
            case EmbeddingGrad o -> Indexing.embeddingGradient(o, t);
            case Conv1d o -> Convolutions.conv1d(o, t);
            case Conv1dGradInput o -> Convolutions.conv1dGradInput(o, t);
            case Conv1dGradWeight o -> Convolutions.conv1dGradWeight(o, t);
            case ConvTranspose1d o -> Convolutions.convTranspose1d(o, t);
            case Conv2d o -> Convolutions.conv2d(o, t);
            case Conv2dGradInput o -> Convolutions.conv2dGradInput(o, t);
            case Conv2dGradWeight o -> Convolutions.conv2dGradWeight(o, t);
            case Softmax o -> Softmaxes.softmax(o.axis(), t);
            case SoftmaxGrad o -> Softmaxes.softmaxGradient(o.axis(), t);
            case LogSoftmax o -> Softmaxes.logSoftmax(o.axis(), t);
            case LogSoftmaxGrad o -> Softmaxes.logSoftmaxGradient(o.axis(), t);
            case CrossEntropy o -> CrossEntropies.forward(o, t);
            case CrossEntropyGrad _ -> CrossEntropies.gradient(t);
            case LayerNorm o -> RowNorms.layerNorm(o, t);
            case LayerNormGrad _ -> RowNorms.layerNormGradient(t);
            case RmsNorm o -> RowNorms.rmsNorm(o, t);
            case RmsNormGrad _ -> RowNorms.rmsNormGradient(t);
            case GroupNorm o -> GroupNorms.forward(o, t);
            case GroupNormGrad o -> GroupNorms.gradient(o, t);
            case WeightNorm _ -> WeightNorms.forward(t);
            case WeightNormGrad _ -> WeightNorms.gradient(t);
            case Rope o -> Ropes.rotate(o, t);
            case Attention o -> Attentions.forward(o, t);
            case AttentionGrad o -> Attentions.gradient(o, t);
            case RingAttention o -> Rings.attention(o, t);
            case NearestCode _ -> Codebooks.nearest(t);
            case ResidualCodes _ -> Codebooks.residual(t);
            case Stft o -> Spectra.stft(o, t);
            case StftGrad o -> Spectra.gradient(o, t);
        }
    }

    private static void update(InPlaceOp op, Operands t) {
        switch (op) {
            case Fill o -> Updates.fill(o, t);
            case CopyInto _ -> Updates.copyInto(t);
            case ScaleInto o -> Updates.scale(o, t);
            case AddInto o -> Updates.add(o, t);
            case LerpInto o -> Updates.lerp(o, t);
            case AdamStep o -> Updates.adam(o, t);
            case SgdStep o -> Updates.sgd(o, t);
            case RingWrite _ -> Rings.write(t);
            case CodebookEma o -> Codebooks.update(o, t);
        }
    }
}
