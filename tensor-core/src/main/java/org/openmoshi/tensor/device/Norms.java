package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.GroupNorm;
import org.openmoshi.tensor.ComputeOp.GroupNormGrad;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.ComputeOp.RmsNorm;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Tensor;

/** Normalisations and their gradients ({@code norm.h} and {@code weight_norm.h}). */
final class Norms {
    /**
     * A tensor [batch, channels, positions] whose channels are normalised in groups: a row is a group of one sample.
     * Layer and RMS norm are the case of one group and one position.
     */
    private record Geometry(long batch, long channels, long positions, long groups) {
        static Geometry ofRows(Tensor x) {
            long d = x.dim(-1);
            return new Geometry(x.shape().product(0, x.rank() - 1), d, 1, 1);
        }

        static Geometry ofGroups(Tensor x, int groups) {
            return new Geometry(x.dim(0), x.dim(1), x.shape().product(2, x.rank()), groups);
        }

        long rows() {
            return batch * groups;
        }

        long length() {
            return channels / groups * positions;
        }
    }

    private Norms() {}

    // (x [..., D], weight [D], bias [D]) -> y [..., D], mean [...], rstd [...]
    static void layerNorm(LayerNorm op, Work work) {
        centred(work, op.epsilon(), Geometry.ofRows(work.in(0)));
    }

    // (x [B, C, ...], weight [C], bias [C]) -> y, mean [B, groups], rstd [B, groups]
    static void groupNorm(GroupNorm op, Work work) {
        centred(work, op.epsilon(), Geometry.ofGroups(work.in(0), op.groups()));
    }

    private static void centred(Work work, double epsilon, Geometry geometry) {
        Block x = work.dense(0);
        Block weight = work.dense(1);
        Block bias = work.dense(2);
        Launch launch = work.kernel("norm", work.in(0).dtype(), "layer_norm")
                .dense(work.result(0))
                .dense(work.result(1))
                .dense(work.result(2))
                .dense(x)
                .dense(weight)
                .dense(bias)
                .real(epsilon)
                .integer(geometry.positions)
                .integer(geometry.groups);
        rows(launch, geometry.rows(), geometry.length());
    }

    // (x [..., D], weight [D]) -> y [..., D], rstd [...]
    static void rmsNorm(RmsNorm op, Work work) {
        Geometry geometry = Geometry.ofRows(work.in(0));
        Block x = work.dense(0);
        Block weight = work.dense(1);
        Launch launch = work.kernel("norm", work.in(0).dtype(), "rms_norm")
                .dense(work.result(0))
                .dense(work.result(1))
                .dense(x)
                .dense(weight)
                .real(op.epsilon());
        rows(launch, geometry.rows(), geometry.length());
    }

    // (g, x [..., D], weight [D], mean [...], rstd [...]) -> dx, dweight, dbias
    static void layerNormGrad(Work work) {
        gradient(work, true, Geometry.ofRows(work.in(1)));
    }

    // (g, x [B, C, ...], weight [C], mean [B, groups], rstd [B, groups]) -> dx, dweight [C], dbias [C]
    static void groupNormGrad(GroupNormGrad op, Work work) {
        gradient(work, true, Geometry.ofGroups(work.in(1), op.groups()));
    }

    // (g, x [..., D], weight [D], rstd [...]) -> dx, dweight
    static void rmsNormGrad(Work work) {
        gradient(work, false, Geometry.ofRows(work.in(1)));
    }

    private static void gradient(Work work, boolean centred, Geometry geometry) {
        DType dtype = work.in(1).dtype();
        Block g = work.dense(0);
        Block x = work.dense(1);
        Block weight = work.dense(2);
        Block rstds = work.dense(centred ? 4 : 3);
        Block means = centred ? work.dense(3) : rstds;
        Launch launch = work.kernel("norm", dtype, "norm_grad")
                .dense(work.result(0))
                .dense(g)
                .dense(x)
                .dense(weight)
                .dense(means)
                .dense(rstds)
                .integer(centred ? 1 : 0)
                .integer(geometry.positions)
                .integer(geometry.groups);
        rows(launch, geometry.rows(), geometry.length());

        long channels = geometry.channels;
        long summands = geometry.batch * geometry.positions;
        boolean across = geometry.positions == 1;
        long parts = Reductions.parts(channels, summands, across);
        Block dWeights = work.scratch(Reductions.sumType(dtype), parts * channels);
        Block dBiases = work.scratch(Reductions.sumType(dtype), parts * channels);
        launch = work.kernel("norm", dtype, "norm_grad_parameters")
                .dense(dWeights)
                .dense(dBiases)
                .dense(g)
                .dense(x)
                .dense(means)
                .dense(rstds)
                .integer(centred ? 1 : 0)
                .integer(geometry.batch)
                .integer(channels)
                .integer(geometry.positions)
                .integer(geometry.groups)
                .integer(parts);
        Rows.of(parts * channels, (summands + parts - 1) / parts, across).launch(launch);
        Reductions.sumOfParts(work, dtype, dWeights, work.result(1), channels, parts);
        if (centred) {
            Reductions.sumOfParts(work, dtype, dBiases, work.result(2), channels, parts);
        }
    }

    // (v [C, ...], gain [C, 1, ...]) -> w [C, ...]
    static void weightNorm(Work work) {
        Tensor v = work.in(0);
        Block direction = work.dense(0);
        Block gains = work.dense(1);
        Launch launch = work.kernel("weight_norm", v.dtype(), "weight_norm")
                .dense(work.result(0))
                .dense(direction)
                .dense(gains);
        rows(launch, v.dim(0), v.shape().product(1, v.rank()));
    }

    // (dw [C, ...], v [C, ...], gain [C, 1, ...]) -> dv, dgain
    static void weightNormGrad(Work work) {
        Tensor v = work.in(1);
        Block gradient = work.dense(0);
        Block direction = work.dense(1);
        Block gains = work.dense(2);
        Launch launch = work.kernel("weight_norm", v.dtype(), "weight_norm_grad")
                .dense(work.result(0))
                .dense(work.result(1))
                .dense(gradient)
                .dense(direction)
                .dense(gains);
        rows(launch, v.dim(0), v.shape().product(1, v.rank()));
    }

    private static void rows(Launch launch, long rows, long length) {
        Rows.of(rows, length, false).launch(launch.integer(rows).integer(length));
    }
}
