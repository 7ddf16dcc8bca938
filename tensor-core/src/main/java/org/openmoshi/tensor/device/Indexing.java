package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.EmbeddingGrad;
import org.openmoshi.tensor.ComputeOp.Gather;
import org.openmoshi.tensor.ComputeOp.IndexAdd;
import org.openmoshi.tensor.ComputeOp.IndexSelect;
import org.openmoshi.tensor.ComputeOp.OneHot;
import org.openmoshi.tensor.ComputeOp.ScatterAdd;

/** Picking and adding by index. */
final class Indexing {
    private Indexing() {}

    static void gather(Gather op, Work work) {
        throw new UnsupportedOperationException("gather");
    }

    static void scatterAdd(ScatterAdd op, Work work) {
        throw new UnsupportedOperationException("scatterAdd");
    }

    static void indexSelect(IndexSelect op, Work work) {
        throw new UnsupportedOperationException("indexSelect");
    }

    static void indexAdd(IndexAdd op, Work work) {
        throw new UnsupportedOperationException("indexAdd");
    }

    static void oneHot(OneHot op, Work work) {
        throw new UnsupportedOperationException("oneHot");
    }

    static void embedding(Work work) {
        throw new UnsupportedOperationException("embedding");
    }

    static void embeddingGrad(EmbeddingGrad op, Work work) {
        throw new UnsupportedOperationException("embeddingGrad");
    }
}
