package org.openmoshi.tensor.cpu.vector;

import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.cpu.Parallel;
import org.openmoshi.tensor.cpu.vector.Scratch.Use;

/**
 * Short-time Fourier transform and its adjoint, as many frames at once as a vector has lanes. A window that is shorter
 * than the transform stands in its middle.
 */
public final class StftKernel {
    /** Samples of the adjoint's output that one task adds up. */
    private static final int CHUNK = 8192;

    private StftKernel() {}

    /** Whether transforms of this size are done here: powers of two, at least 4. */
    public static boolean supports(int nFft) {
        return FrameFourier.supports(nFft);
    }

    /**
     * Real and imaginary parts of the one-sided transforms of windowed frames.
     *
     * @param x [batch, length], contiguous
     * @param window [windowLength], contiguous
     * @param y [batch, 2, frames, nFft / 2 + 1], contiguous
     */
    public static void forward(
            int nFft,
            int hop,
            MemorySegment x,
            long xOffset,
            MemorySegment window,
            long windowOffset,
            int windowLength,
            MemorySegment y,
            long yOffset,
            int batch,
            int length,
            int frames) {
        FrameFourier fourier = FrameFourier.of(nFft);
        int bins = nFft / 2 + 1;
        int groups = (frames + L - 1) / L;
        int left = (nFft - windowLength) / 2;
        Parallel.run(batch * groups, t -> {
            int item = t / groups;
            int first = t % groups * L;
            int count = Math.min(L, frames - first);
            MemorySegment samples = Scratch.get(Use.FRAMES, (long) nFft * L);
            MemorySegment spectrum = Scratch.get(Use.SPECTRA, 2L * bins * L);
            CopyKernel.fill(samples, 0, (long) left * L, 0f);
            CopyKernel.fill(samples, (long) (left + windowLength) * L, (long) (nFft - left - windowLength) * L, 0f);
            long from = xOffset + (long) item * length + (long) first * hop + left;
            Packing.pack(x, from << 2, 4, hop * 4L, windowLength, count, samples, (long) left * L << 2, L * 4L);
            multiply(samples, (long) left * L, window, windowOffset, windowLength);
            fourier.forward(samples, spectrum);
            for (int part = 0; part < 2; part++) {
                long to = yOffset + ((2L * item + part) * frames + first) * bins;
                Packing.pack(spectrum, (long) part * bins * L << 2, 4, L * 4L, count, bins, y, to << 2, bins * 4L);
            }
        });
    }

    private static void multiply(MemorySegment rows, long offset, MemorySegment window, long wo, int n) {
        for (int i = 0; i < n; i++) {
            long at = offset + (long) i * L;
            store(load(rows, at).mul(Lanes.get(window, wo + i)), rows, at);
        }
    }

    /**
     * The adjoint of {@link #forward}: the gradient with respect to x. The frames that overlap a sample are added in
     * their order.
     *
     * @param g [batch, 2, frames, nFft / 2 + 1], contiguous
     * @param dx [batch, length], contiguous
     */
    public static void backward(
            int nFft,
            int hop,
            MemorySegment g,
            long gOffset,
            MemorySegment window,
            long windowOffset,
            int windowLength,
            MemorySegment dx,
            long dxOffset,
            int batch,
            int length,
            int frames) {
        FrameFourier fourier = FrameFourier.of(nFft);
        int bins = nFft / 2 + 1;
        int groups = (frames + L - 1) / L;
        int left = (nFft - windowLength) / 2;
        MemorySegment overlaps = Scratch.get(Use.OVERLAPS, (long) batch * frames * windowLength);
        Parallel.run(batch * groups, t -> {
            int item = t / groups;
            int first = t % groups * L;
            int count = Math.min(L, frames - first);
            // The transform, then its windowed samples in order.
            MemorySegment samples = Scratch.get(Use.FRAMES, (long) (nFft + windowLength) * L);
            MemorySegment spectrum = Scratch.get(Use.SPECTRA, 2L * bins * L);
            for (int part = 0; part < 2; part++) {
                long from = gOffset + ((2L * item + part) * frames + first) * bins;
                Packing.pack(g, from << 2, 4, bins * 4L, bins, count, spectrum, (long) part * bins * L << 2, L * 4L);
            }
            fourier.adjoint(spectrum, samples);
            long ordered = (long) nFft * L;
            orderSamples(fourier, left, window, windowOffset, windowLength, samples, ordered);
            long to = ((long) item * frames + first) * windowLength;
            Packing.pack(samples, ordered << 2, 4, L * 4L, count, windowLength, overlaps, to << 2, windowLength * 4L);
        });
        int chunks = (length + CHUNK - 1) / CHUNK;
        Parallel.run(batch * chunks, t -> {
            int item = t / chunks;
            int from = t % chunks * CHUNK;
            int to = Math.min(length, from + CHUNK);
            CopyKernel.fill(dx, dxOffset + (long) item * length + from, to - from, 0f);
            int firstFrame = Math.max(0, (from - left - windowLength + 1 + hop - 1) / hop);
            for (int frame = firstFrame; frame < frames && (long) frame * hop + left < to; frame++) {
                int begin = frame * hop + left;
                int a = Math.max(begin, from);
                int b = Math.min(begin + windowLength, to);
                if (a < b) {
                    long source = ((long) item * frames + frame) * windowLength + a - begin;
                    UpdateKernel.addRow(overlaps, source, 1f, dx, dxOffset + (long) item * length + a, b - a);
                }
            }
        });
    }

    /** Brings the samples under the window in order, each times its weight. */
    private static void orderSamples(
            FrameFourier fourier,
            int left,
            MemorySegment window,
            long windowOffset,
            int windowLength,
            MemorySegment samples,
            long ordered) {
        for (int i = 0; i < windowLength; i++) {
            float weight = Lanes.get(window, windowOffset + i);
            store(load(samples, fourier.sampleAt(left + i)).mul(weight), samples, ordered + (long) i * L);
        }
    }
}
