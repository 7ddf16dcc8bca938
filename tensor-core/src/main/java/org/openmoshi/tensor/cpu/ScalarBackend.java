package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.InPlaceOp;
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
    public void run(Op op, Tensor[] inputs, Tensor[] outputs) {
        try (Operands operands = new Operands(this, inputs, outputs)) {
            switch (op) {
                case ComputeOp compute -> compute(compute, operands);
                case InPlaceOp inPlace -> throw new UnsupportedOperationException(inPlace.label());
                case ViewOp view ->
                    throw new IllegalArgumentException(view.label() + " is a view and computes nothing");
            }
        }
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
            case ArgReduce o -> Reductions.argReduce(o, t);
            case CumulativeSum o -> Reductions.cumulativeSum(o, t);
            case MatMul _ -> Products.matMul(t);
            case Linear _ -> Products.linear(t);
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
            default -> throw new UnsupportedOperationException(op.label());
        }
    }
}
