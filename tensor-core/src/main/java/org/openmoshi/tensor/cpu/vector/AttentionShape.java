package org.openmoshi.tensor.cpu.vector;

/**
 * Sizes of an attention: queries [batch, heads, queries, dim], keys and values [batch, heads, keys, dim]. Query t stands
 * at key position t + keys - queries.
 *
 * @param context how many keys a query sees, itself included, when causal; 0 for all up to itself
 * @param scale factor of the scores
 */
public record AttentionShape(
        int batch, int heads, int queries, int keys, int dim, boolean causal, int context, float scale) {

    /** The first key that query t sees. */
    int firstKey(int t) {
        return context > 0 ? Math.max(0, t + keys - queries - context + 1) : 0;
    }

    /** One past the last key that query t sees. */
    int endKey(int t) {
        return causal ? t + keys - queries + 1 : keys;
    }
}
