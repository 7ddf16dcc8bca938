package org.openmoshi.tensor.device;

import static org.openmoshi.tensor.device.ConvGeometry.image;
import static org.openmoshi.tensor.device.Products.TILE;
import static org.openmoshi.tensor.device.Products.TILE_ITEMS;

import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * Convolutions and their gradients: by tiles ({@code conv.h}, {@code conv_weight.h}), or element by element where a tile
 * would be all but empty ({@code conv_direct.h}, {@code conv_weight_direct.h}).
 */
final class Convolutions {
    /** Fewer channels per group than these fill too little of a tile's rows. */
    private static final long TILE_CHANNELS = 8;

    private static final int WEIGHT_ITEMS = KernelSource.constant("conv_weight_direct.h", "WEIGHT_ITEMS");

    private Convolutions() {}

    static void conv1d(Conv1d op, Work work) {
        convolve(ConvGeometry.of(op), false, work);
    }

    static void conv1dGradInput(Conv1dGradInput op, Work work) {
        convolve(ConvGeometry.of(op.conv()), true, work);
    }

    static void conv1dGradWeight(Conv1dGradWeight op, Work work) {
        gradWeight(ConvGeometry.of(op.conv()), work);
    }

    static void convTranspose1d(ConvTranspose1d op, Work work) {
        convolve(ConvGeometry.of(op), true, work);
    }

    static void conv2d(Conv2d op, Work work) {
        convolve(ConvGeometry.of(op), false, work);
    }

    static void conv2dGradInput(Conv2dGradInput op, Work work) {
        convolve(ConvGeometry.of(op.conv()), true, work);
    }

    static void conv2dGradWeight(Conv2dGradWeight op, Work work) {
        gradWeight(ConvGeometry.of(op.conv()), work);
    }

    // (x [B, Cin, H, W], weight [Cout, Cin/groups, KH, KW], optional bias [Cout]) -> [B, Cout, OH, OW]; the adjoint
    // (g [B, Cout, OH, OW], weight, optional bias [Cin]) -> [B, Cin, H, W]
    private static void convolve(ConvGeometry geometry, boolean adjoint, Work work) {
        if (LibraryConvolutions.convolve(geometry, adjoint, work)) {
            return;
        }
        Tensor result = work.out(0);
        Shape from = image(work.in(0));
        Shape to = image(result);
        Shape kernel = image(work.in(1));
        long sourceChannels = from.dim(1) / geometry.groups();
        long resultChannels = to.dim(1) / geometry.groups();
        Block source = work.dense(0);
        Block weight = work.dense(1);
        boolean hasBias = work.count() > 2;
        Block bias = hasBias ? work.dense(2) : weight;
        boolean direct = resultChannels < TILE_CHANNELS;

        long phases = adjoint ? (long) geometry.strideH() * geometry.strideW() : 1;
        long positions = adjoint
                ? Math.ceilDiv(to.dim(2), geometry.strideH()) * Math.ceilDiv(to.dim(3), geometry.strideW())
                : to.dim(2) * to.dim(3);
        long tiles = Math.ceilDiv(positions * to.dim(0), TILE)
                * Math.ceilDiv(resultChannels, TILE)
                * phases
                * geometry.groups();
        long taps = kernel.dim(2) * kernel.dim(3);
        Splits splits = direct ? new Splits(1, 0) : Splits.of(tiles, Math.ceilDiv(sourceChannels * taps, phases));
        Block target = splits.target(work, result);

        String file = direct ? "conv_direct" : "conv";
        Launch launch = work.kernel(file, result.dtype(), file)
                .dense(target)
                .dense(source)
                .dense(weight)
                .dense(bias)
                .integer(hasBias ? 1 : 0)
                .integer(adjoint ? 1 : 0)
                .integer(to.dim(0))
                .integer(geometry.groups())
                .integer(sourceChannels)
                .integer(resultChannels);
        geometry.pass(launch, adjoint ? to : from, adjoint ? from : to, kernel);
        if (direct) {
            launch.elements(result.size());
        } else {
            launch.integer(splits.count()).integer(splits.chunk()).groups(tiles * splits.count(), TILE_ITEMS);
            splits.add(work, target, result);
        }
    }

    // (g [B, Cout, OH, OW], x [B, Cin, H, W]) -> [Cout, Cin/groups, KH, KW]
    private static void gradWeight(ConvGeometry geometry, Work work) {
        if (LibraryConvolutions.gradWeight(geometry, work)) {
            return;
        }
        Tensor result = work.out(0);
        Shape small = image(work.in(0));
        Shape large = image(work.in(1));
        Shape kernel = image(result);
        long gChannels = small.dim(1) / geometry.groups();
        long xChannels = large.dim(1) / geometry.groups();
        Block g = work.dense(0);
        Block x = work.dense(1);
        boolean direct = gChannels < TILE_CHANNELS;

        long tiles = Math.ceilDiv(gChannels, TILE)
                * Math.ceilDiv(xChannels * kernel.dim(2) * kernel.dim(3), TILE)
                * geometry.groups();
        long positions = small.dim(0) * small.dim(2) * small.dim(3);
        Splits splits = direct ? new Splits(1, 0) : Splits.of(tiles, positions);
        Block target = splits.target(work, result);

        String file = direct ? "conv_weight_direct" : "conv_weight";
        Launch launch = work.kernel(file, result.dtype(), file)
                .dense(target)
                .dense(g)
                .dense(x)
                .integer(large.dim(0))
                .integer(geometry.groups())
                .integer(gChannels)
                .integer(xChannels);
        geometry.pass(launch, large, small, kernel);
        if (direct) {
            launch.groups(result.size(), WEIGHT_ITEMS);
        } else {
            launch.integer(splits.count()).integer(splits.chunk()).groups(tiles * splits.count(), TILE_ITEMS);
            splits.add(work, target, result);
        }
    }
}
