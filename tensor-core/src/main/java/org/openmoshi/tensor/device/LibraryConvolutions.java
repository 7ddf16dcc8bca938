package org.openmoshi.tensor.device;

import static org.openmoshi.tensor.device.ConvGeometry.image;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.ConvolutionLibrary.Convolution;
import org.openmoshi.tensor.device.ConvolutionLibrary.Part;

/**
 * Convolutions by the device's library. Libraries pad both sides of an axis alike; where that is not what is asked for, as
 * in every causal convolution, the input is copied between zeros first, or its gradient cut out of a larger one.
 */
final class LibraryConvolutions {
    private final Work work;
    private final ConvolutionLibrary library;
    private final DType dtype;
    private final Shape large;
    private final Convolution convolution;
    private final boolean padded;

    private final Window window;

    /**
     * Where the input lies in a larger shape.
     *
     * @param sizes of what lies there
     * @param inside where that begins, in elements
     */
    private record Window(Shape shape, long[] sizes, long inside) {}

    private LibraryConvolutions(
            Work work, ConvolutionLibrary library, ConvGeometry geometry, Shape large, Shape small, Shape kernel) {
        this.work = work;
        this.library = library;
        this.dtype = work.out(0).dtype();
        this.large = large;
        long height = extent(small.dim(2), kernel.dim(2), geometry.strideH(), geometry.dilationH());
        long width = extent(small.dim(3), kernel.dim(3), geometry.strideW(), geometry.dilationW());
        padded = !fits(large.dim(2), geometry.padH(), height, geometry.strideH())
                || !fits(large.dim(3), geometry.padW(), width, geometry.strideW());
        Shape shape = padded ? Shape.of(large.dim(0), large.dim(1), height, width) : large;
        window = window(shape, geometry);
        convolution = new Convolution(
                large.intDim(0),
                large.intDim(1),
                shape.intDim(2),
                shape.intDim(3),
                small.intDim(1),
                small.intDim(2),
                small.intDim(3),
                kernel.intDim(2),
                kernel.intDim(3),
                geometry.strideH(),
                geometry.strideW(),
                padded ? 0 : geometry.padH(),
                padded ? 0 : geometry.padW(),
                geometry.dilationH(),
                geometry.dilationW(),
                geometry.groups());
    }

    /** How much of an axis all outputs see. */
    private static long extent(long outputs, long taps, int stride, int dilation) {
        return (outputs - 1) * stride + (taps - 1) * dilation + 1;
    }

    /** Whether padding both sides alike gives as many outputs: what is left over is less than a stride. */
    private static boolean fits(long size, int pad, long extent, int stride) {
        long rest = size + 2L * pad - extent;
        return rest >= 0 && rest < stride;
    }

    private Window window(Shape shape, ConvGeometry geometry) {
        long rows = Math.min(shape.dim(2) - geometry.padH(), large.dim(2));
        long columns = Math.min(shape.dim(3) - geometry.padW(), large.dim(3));
        long[] sizes = {large.dim(0), large.dim(1), Math.max(rows, 0), Math.max(columns, 0)};
        return new Window(shape, sizes, geometry.padH() * shape.dim(3) + geometry.padW());
    }

    private static boolean isPossible(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (tensor.size() == 0 || tensor.size() > Integer.MAX_VALUE) {
                return false;
            }
        }
        return true;
    }

    /**
     * A convolution or its adjoint, with the operands of {@link Convolutions}.
     *
     * @return false when kernels have to do it: without a library, for empty tensors, and for what it does not compute
     */
    static boolean convolve(ConvGeometry geometry, boolean adjoint, Work work) {
        ConvolutionLibrary library = work.convolutions();
        if (library == null || !isPossible(work.in(0), work.in(1), work.out(0))) {
            return false;
        }
        Shape from = image(work.in(0));
        Shape to = image(work.out(0));
        LibraryConvolutions call = new LibraryConvolutions(
                work, library, geometry, adjoint ? to : from, adjoint ? from : to, image(work.in(1)));
        return adjoint ? call.adjoint() : call.forward();
    }

    /** The weight's gradient. */
    static boolean gradWeight(ConvGeometry geometry, Work work) {
        ConvolutionLibrary library = work.convolutions();
        if (library == null || !isPossible(work.in(0), work.in(1), work.out(0))) {
            return false;
        }
        LibraryConvolutions call = new LibraryConvolutions(
                work, library, geometry, image(work.in(1)), image(work.in(0)), image(work.out(0)));
        return call.weight();
    }

    private boolean forward() {
        return run(Part.FORWARD, () -> input(0), () -> work.dense(1), () -> biased(work.result(0), image(work.out(0))));
    }

    private boolean weight() {
        return run(Part.WEIGHT_GRADIENT, () -> input(1), () -> work.result(0), () -> work.dense(0));
    }

    private boolean adjoint() {
        Block result = work.result(0);
        if (!padded) {
            return run(Part.INPUT_GRADIENT, () -> biased(result, large), () -> work.dense(1), () -> work.dense(0));
        }
        Block[] whole = new Block[1];
        boolean done = run(
                Part.INPUT_GRADIENT,
                () -> whole[0] = biased(work.scratch(dtype, window.shape.size()), window.shape),
                () -> work.dense(1),
                () -> work.dense(0));
        if (done) {
            if (work.count() > 2) {
                biased(result, large);
            } else {
                Copies.fill(work, dtype, large, result, large.contiguousStrides(), 0);
            }
            Copies.strided(
                    work,
                    dtype,
                    window.sizes,
                    new Block(whole[0].memory(), whole[0].offset() + window.inside),
                    window.shape.contiguousStrides(),
                    result,
                    large.contiguousStrides());
        }
        return done;
    }

    /** Operands are made only when the library computes the part. */
    @FunctionalInterface
    private interface Operand {
        Block get();
    }

    private boolean run(Part part, Operand x, Operand weight, Operand y) {
        long bytes = library.workspaceBytes(part, dtype, convolution);
        if (bytes < 0) {
            return false;
        }
        MemorySegment workspace =
                bytes == 0 ? null : work.scratch(DType.BOOL, bytes).memory();
        boolean accumulate = part != Part.WEIGHT_GRADIENT && work.count() > 2;
        library.run(part, dtype, convolution, x.get(), weight.get(), y.get(), workspace, accumulate);
        work.byLibrary();
        return true;
    }

    /** x, between zeros where it must be. */
    private Block input(int number) {
        Tensor x = work.in(number);
        if (!padded) {
            return work.dense(number);
        }
        Block block = work.scratch(dtype, window.shape.size());
        long[] strides = window.shape.contiguousStrides();
        Copies.fill(work, dtype, window.shape, block, strides, 0);
        long[] from = x.rank() == 4 ? x.strides() : new long[] {x.stride(0), x.stride(1), 0, x.stride(2)};
        Copies.strided(
                work,
                dtype,
                window.sizes,
                Block.of(x),
                from,
                new Block(block.memory(), block.offset() + window.inside),
                strides);
        return block;
    }

    /** Memory of some images in which every element is its channel's bias, if there is one. */
    private Block biased(Block block, Shape images) {
        if (work.count() > 2) {
            Tensor bias = work.in(2);
            Copies.strided(
                    work,
                    dtype,
                    images.toArray(),
                    Block.of(bias),
                    new long[] {0, bias.stride(0), 0, 0},
                    block,
                    images.contiguousStrides());
        }
        return block;
    }
}
