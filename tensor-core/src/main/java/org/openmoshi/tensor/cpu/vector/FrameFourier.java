package org.openmoshi.tensor.cpu.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.openmoshi.tensor.cpu.vector.Lanes.ADDRESSES;
import static org.openmoshi.tensor.cpu.vector.Lanes.F;
import static org.openmoshi.tensor.cpu.vector.Lanes.L;
import static org.openmoshi.tensor.cpu.vector.Lanes.MEMORY;
import static org.openmoshi.tensor.cpu.vector.Lanes.load;
import static org.openmoshi.tensor.cpu.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;

/**
 * Fourier transforms of several real frames at once, a lane each: every step is one on whole vectors, whatever the
 * transform's size. The n real samples of a frame are taken as n/2 complex numbers, transformed by a decimation in
 * frequency that does two radix-2 stages per pass, and then separated (Sorensen et al. 1987).
 *
 * <p>Sample or number i of all frames is the vector at i L; complex number m is the pair of vectors at 2 m L.
 */
final class FrameFourier {
    private static final AtomicReferenceArray<FrameFourier> BY_LOG = new AtomicReferenceArray<>(Integer.SIZE);
    private static final long VECTOR_BYTES = F.vectorByteSize();

    /** Complex numbers of a transform, half the samples. */
    private final int half;

    /** e^(-2 pi i k / half) for k below half, and e^(-2 pi i k / samples) for k up to half. */
    private final float[] cos;

    private final float[] sin;
    private final float[] sampleCos;
    private final float[] sampleSin;
    private final int[] reversed;

    private FrameFourier(int samples) {
        half = samples / 2;
        cos = new float[half];
        sin = new float[half];
        reversed = new int[half];
        for (int k = 0; k < half; k++) {
            double angle = -2 * Math.PI * k / half;
            cos[k] = (float) Math.cos(angle);
            sin[k] = (float) Math.sin(angle);
            reversed[k] = half == 1 ? 0 : Integer.reverse(k) >>> (32 - Integer.numberOfTrailingZeros(half));
        }
        sampleCos = new float[half + 1];
        sampleSin = new float[half + 1];
        for (int k = 0; k <= half; k++) {
            sampleCos[k] = (float) Math.cos(-2 * Math.PI * k / samples);
            sampleSin[k] = (float) Math.sin(-2 * Math.PI * k / samples);
        }
    }

    /** Whether there is a transform of this size: a power of two, at least 4. */
    static boolean supports(int samples) {
        return samples >= 4 && Integer.bitCount(samples) == 1;
    }

    static FrameFourier of(int samples) {
        int log = Integer.numberOfTrailingZeros(samples);
        FrameFourier known = BY_LOG.get(log);
        if (known == null) {
            known = new FrameFourier(samples);
            BY_LOG.set(log, known);
        }
        return known;
    }

    /**
     * X[k] = sum over n of x[n] e^(-2 pi i k n / samples) for k from 0 to samples / 2.
     *
     * @param x the samples; overwritten
     * @param spectrum the real parts of all k, then the imaginary parts
     */
    void forward(MemorySegment x, MemorySegment spectrum) {
        transform(x);
        long imaginary = (half + 1L) * L;
        for (int k = 0; k <= half; k++) {
            long z = 2L * reversed[k == half ? 0 : k] * L;
            long mirrored = 2L * reversed[k == 0 ? 0 : half - k] * L;
            separate(x, z, mirrored, sampleCos[k], sampleSin[k], spectrum, (long) k * L, imaginary + (long) k * L);
        }
    }

    // With z = Z[k] and c = conj(Z[half - k]): X[k] = (z + c) / 2 - i w (z - c) / 2.
    private static void separate(
            MemorySegment x, long z, long mirrored, float wr, float wi, MemorySegment y, long re, long im) {
        FloatVector a = load(x, z);
        FloatVector b = load(x, z + L);
        FloatVector c = load(x, mirrored);
        FloatVector d = load(x, mirrored + L);
        FloatVector evenRe = a.add(c).mul(0.5f);
        FloatVector evenIm = b.sub(d).mul(0.5f);
        FloatVector oddRe = b.add(d).mul(0.5f);
        FloatVector oddIm = c.sub(a).mul(0.5f);
        store(evenRe.add(oddRe.mul(wr)).sub(oddIm.mul(wi)), y, re);
        store(evenIm.add(oddIm.mul(wr)).add(oddRe.mul(wi)), y, im);
    }

    /**
     * The adjoint of {@link #forward}: x[n] = sum over k from 0 to samples / 2 of Re(G[k] e^(2 pi i k n / samples)).
     * Sample n is left at {@link #sampleAt}.
     *
     * @param gradient the real parts of G, then the imaginary parts
     */
    void adjoint(MemorySegment gradient, MemorySegment x) {
        long imaginary = (half + 1L) * L;
        for (int k = 0; k < half; k++) {
            long mirrored = (long) (half - k) * L;
            // The inner numbers appear twice in the whole spectrum, with half the weight; the outer ones are real.
            float scale = k == 0 ? 1f : 0.5f;
            float imaginaryScale = k == 0 ? 0f : 0.5f;
            join(
                    gradient,
                    (long) k * L,
                    imaginary + (long) k * L,
                    mirrored,
                    imaginary + mirrored,
                    scale,
                    imaginaryScale,
                    sampleCos[k],
                    -sampleSin[k],
                    x,
                    2L * k * L);
        }
        transform(x);
    }

    // With y = Y[k] and c = conj(Y[half - k]): Z[k] = (y + c) + i w (y - c), stored with its parts exchanged, which
    // makes the inverse transform of the forward one.
    private static void join(
            MemorySegment g,
            long re,
            long im,
            long mirroredRe,
            long mirroredIm,
            float scale,
            float imaginaryScale,
            float wr,
            float wi,
            MemorySegment x,
            long z) {
        FloatVector a = load(g, re).mul(scale);
        FloatVector b = load(g, im).mul(imaginaryScale);
        FloatVector c = load(g, mirroredRe).mul(scale);
        FloatVector d = load(g, mirroredIm).mul(imaginaryScale);
        FloatVector differenceRe = a.sub(c);
        FloatVector differenceIm = b.add(d);
        FloatVector oddRe = differenceRe.mul(wr).sub(differenceIm.mul(wi));
        FloatVector oddIm = differenceRe.mul(wi).add(differenceIm.mul(wr));
        store(b.sub(d).add(oddRe), x, z);
        store(a.add(c).sub(oddIm), x, z + L);
    }

    /** Where {@link #adjoint} leaves sample n. */
    long sampleAt(int n) {
        return (2L * reversed[n >> 1] + ((n & 1) ^ 1)) * L;
    }

    /** The complex transform in place; number k ends at the position of its reversed bits. */
    private void transform(MemorySegment x) {
        int size = half;
        for (; size >= 4; size /= 4) {
            int quarter = size / 4;
            int step = half / size;
            for (int j = 0; j < quarter; j++) {
                int w = j * step;
                pass(x, j, size, half, cos[w], sin[w], cos[2 * w], sin[2 * w], cos[3 * w], sin[3 * w]);
            }
        }
        if (size == 2) {
            lastPass(x, half);
        }
    }

    /** Two radix-2 stages on the numbers j, j + size/4, j + size/2 and j + 3 size/4 of every block of the size. */
    private static void pass(
            MemorySegment x,
            int j,
            int size,
            int count,
            float w1r,
            float w1i,
            float w2r,
            float w2i,
            float w3r,
            float w3i) {
        long quarter = size / 2 * VECTOR_BYTES;
        long base = Lanes.address(x, 0, count * 2L * VECTOR_BYTES);
        for (int block = 0; block < count; block += size) {
            long p0 = (base + (block + j) * 2L * VECTOR_BYTES) & ADDRESSES;
            long p1 = (p0 + quarter) & ADDRESSES;
            long p2 = (p1 + quarter) & ADDRESSES;
            long p3 = (p2 + quarter) & ADDRESSES;
            FloatVector r0 = FloatVector.fromMemorySegment(F, MEMORY, p0, LITTLE_ENDIAN);
            FloatVector i0 = FloatVector.fromMemorySegment(F, MEMORY, p0 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector r1 = FloatVector.fromMemorySegment(F, MEMORY, p1, LITTLE_ENDIAN);
            FloatVector i1 = FloatVector.fromMemorySegment(F, MEMORY, p1 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector r2 = FloatVector.fromMemorySegment(F, MEMORY, p2, LITTLE_ENDIAN);
            FloatVector i2 = FloatVector.fromMemorySegment(F, MEMORY, p2 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector r3 = FloatVector.fromMemorySegment(F, MEMORY, p3, LITTLE_ENDIAN);
            FloatVector i3 = FloatVector.fromMemorySegment(F, MEMORY, p3 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector ar = r0.add(r2);
            FloatVector ai = i0.add(i2);
            FloatVector br = r0.sub(r2);
            FloatVector bi = i0.sub(i2);
            FloatVector cr = r1.add(r3);
            FloatVector ci = i1.add(i3);
            // -i (z1 - z3)
            FloatVector dr = i1.sub(i3);
            FloatVector di = r3.sub(r1);
            ar.add(cr).intoMemorySegment(MEMORY, p0, LITTLE_ENDIAN);
            ai.add(ci).intoMemorySegment(MEMORY, p0 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector er = ar.sub(cr);
            FloatVector ei = ai.sub(ci);
            er.mul(w2r).sub(ei.mul(w2i)).intoMemorySegment(MEMORY, p1, LITTLE_ENDIAN);
            er.mul(w2i).add(ei.mul(w2r)).intoMemorySegment(MEMORY, p1 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector fr = br.add(dr);
            FloatVector fi = bi.add(di);
            fr.mul(w1r).sub(fi.mul(w1i)).intoMemorySegment(MEMORY, p2, LITTLE_ENDIAN);
            fr.mul(w1i).add(fi.mul(w1r)).intoMemorySegment(MEMORY, p2 + VECTOR_BYTES, LITTLE_ENDIAN);
            FloatVector gr = br.sub(dr);
            FloatVector gi = bi.sub(di);
            gr.mul(w3r).sub(gi.mul(w3i)).intoMemorySegment(MEMORY, p3, LITTLE_ENDIAN);
            gr.mul(w3i).add(gi.mul(w3r)).intoMemorySegment(MEMORY, p3 + VECTOR_BYTES, LITTLE_ENDIAN);
        }
    }

    private static void lastPass(MemorySegment x, int count) {
        for (int m = 0; m < count; m += 2) {
            long p = 2L * m * L;
            FloatVector r0 = load(x, p);
            FloatVector i0 = load(x, p + L);
            FloatVector r1 = load(x, p + 2L * L);
            FloatVector i1 = load(x, p + 3L * L);
            store(r0.add(r1), x, p);
            store(i0.add(i1), x, p + L);
            store(r0.sub(r1), x, p + 2L * L);
            store(i0.sub(i1), x, p + 3L * L);
        }
    }
}
