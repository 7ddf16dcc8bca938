package org.openmoshi.tensor.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openmoshi.tensor.cpu.Parallel;

/**
 * Products with a small result and a long depth, as weight gradients have them. If the result is too small to be shared
 * out, the depth is cut into chunks of a length that depends on the sizes alone; the partial results are added in order.
 */
final class SplitProduct {
    private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
    // Enough tasks for many threads, and chunks long enough that adding their results costs nothing.
    private static final int WANTED_TASKS = 32;
    private static final long MIN_CHUNK = 2048;

    private SplitProduct() {}

    /** Writes the dense result [items, m, n] from {@code offset} on, where A and B differ from item to item. */
    static void run(long items, long m, long n, long k, Panels a, Panels b, MemorySegment result, long offset) {
        long tasks = items * Math.ceilDiv(m, 4L * MicroKernel.MR) * Math.ceilDiv(n, MicroKernel.NR);
        long chunks = Math.max(1, Math.min(Math.ceilDiv(k, MIN_CHUNK), Math.ceilDiv(WANTED_TASKS, tasks)));
        if (chunks == 1) {
            new PackedGemm(items, m, n, k, a, items, b)
                    .into(result, Conv1dShape.blockOffsets(offset, items, m * n), n)
                    .run();
            return;
        }
        long length = Math.ceilDiv(k, chunks);
        long parts = Math.ceilDiv(k, length);
        long size = items * m * n;
        MemorySegment partial = Scratch.get(Scratch.Use.PARTIAL_SUMS, parts * size);
        new PackedGemm(
                        parts * items,
                        m,
                        n,
                        length,
                        new Chunk(a, items, k, length),
                        parts * items,
                        new Chunk(b, items, k, length))
                .into(partial, Conv1dShape.blockOffsets(0, parts * items, m * n), n)
                .run();
        int slices = (int) Math.max(1, Math.min(size / 4096, 4L * Parallel.threads()));
        Parallel.run(
                slices,
                slice -> add(partial, parts, size, size * slice / slices, size * (slice + 1) / slices, result, offset));
    }

    private static void add(
            MemorySegment partial, long parts, long size, long from, long to, MemorySegment result, long offset) {
        long i = from;
        for (; i + SPECIES.length() <= to; i += SPECIES.length()) {
            FloatVector sum = Lanes.loadBytes(partial, i * 4);
            for (long part = 1; part < parts; part++) {
                sum = sum.add(Lanes.loadBytes(partial, (part * size + i) * 4));
            }
            Lanes.storeBytes(sum, result, (offset + i) * 4);
        }
        for (; i < to; i++) {
            float sum = Lanes.getBytes(partial, i * 4);
            for (long part = 1; part < parts; part++) {
                sum += Lanes.getBytes(partial, (part * size + i) * 4);
            }
            Lanes.setBytes(result, (offset + i) * 4, sum);
        }
    }

    /** Part {@code item / items} of the depth of item {@code item % items}; zero past the end of the depth. */
    private record Chunk(Panels whole, long items, long totalDepth, long length) implements Panels {
        @Override
        public void pack(
                long item, long depth0, int depth, long lane0, int lanes, MemorySegment target, long to, int width) {
            long begin = item / items * length + depth0;
            int present = Math.clamp(totalDepth - begin, 0, depth);
            if (present > 0) {
                whole.pack(item % items, begin, present, lane0, lanes, target, to, width);
            }
            for (int p = present; p < depth; p++) {
                Packing.zeroRow(target, to + p * (width * 4L), lanes);
            }
        }
    }
}
