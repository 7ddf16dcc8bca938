package org.openmoshi.models.mimi;

import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Compares codes with those of another implementation, which rounds differently. */
public final class CodeCheck {
    private CodeCheck() {}

    /**
     * 0 when own codes equal the expected ones. Where a row of codebooks first differs at a frame, the relative amount
     * by which the expected code is farther away than the own one, given the codes before it; the largest of these.
     * Codes after such a place are not compared. Infinite when the shapes differ, or when an own code is not the nearest.
     *
     * @param latent [B, C, T], what both encoded
     * @param expected int64 [B, levels, T]
     * @param own int64 [B, levels, T]
     */
    public static double worstTie(Mimi mimi, Tensor latent, Tensor expected, Tensor own) {
        if (!expected.shape().equals(own.shape())) {
            return Double.POSITIVE_INFINITY;
        }
        double worst = 0;
        try (Scope _ = Scope.open()) {
            Tensor residual = latent;
            boolean[] differs = {};
            for (int level = 0; level < expected.intDim(1); level++) {
                ResidualVectorQuantizer row = mimi.quantizer().row(level);
                if (level <= 1) {
                    residual = row.project(latent);
                    differs = new boolean[residual.intDim(0)];
                }
                EuclideanCodebook codebook = row.codebook(level == 0 ? 0 : level - 1);
                EuclideanCodebook.Match match = codebook.match(residual);
                Tensor wanted = expected.select(1, level).reshape(-1);
                Tensor left = residual.sub(codebook.embedding().embedding(wanted));
                double[] toWanted = left.norm(1).toDoubles();
                double[] toNearest = residual.sub(match.quantized()).norm(1).toDoubles();
                long[] nearest = match.codes().toLongs();
                long[] wantedCodes = wanted.toLongs();
                long[] ownCodes = own.select(1, level).toLongs();
                for (int i = 0; i < differs.length; i++) {
                    if (!differs[i] && ownCodes[i] != wantedCodes[i]) {
                        differs[i] = true;
                        double tie = (toWanted[i] - toNearest[i]) / toNearest[i];
                        worst = Math.max(worst, ownCodes[i] == nearest[i] ? tie : Double.POSITIVE_INFINITY);
                    }
                }
                residual = left;
            }
        }
        return worst;
    }
}
