package org.openmoshi.tensor.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.tensor.cpu.Parallel;

class GemmTest {
    private static final int GAP = 3; // unused columns of C, which must stay as they are
    private final int threadsBefore = Parallel.threads();

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(threadsBefore);
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1",
        "1,1,7",
        "3,1,5",
        "1,3,5",
        "2,2,0",
        "7,5,3",
        "8,48,16",
        "9,49,17",
        "4,16,192",
        "5,33,193",
        "13,100,400",
        "64,7,1000",
        "65,97,129",
        "1,300,200",
        "300,1,200",
        "2,130,70",
        "130,2,70",
        "3,300,65",
        "530,60,30",
        "40,500,20"
    })
    void matchesTripleLoopForEveryTransposition(int m, int n, int k) {
        for (int layout = 0; layout < 16; layout++) {
            check(m, n, k, (layout & 1) != 0, (layout & 2) != 0, (layout & 4) != 0, (layout & 8) != 0);
        }
    }

    private static void check(
            int m, int n, int k, boolean transposeA, boolean transposeB, boolean sparse, boolean accumulate) {
        Random random = new Random(m * 31L + n * 17L + k);
        int step = sparse ? 2 : 1; // no axis is contiguous
        int aRow = (transposeA ? 1 : Math.max(1, k)) * step;
        int aColumn = (transposeA ? m : 1) * step;
        int bRow = (transposeB ? 1 : n) * step;
        int bColumn = (transposeB ? Math.max(1, k) : 1) * step;
        Guarded a = Guarded.random(m * k * step, random);
        Guarded b = Guarded.random(k * n * step, random);
        int cRow = n + GAP;
        Guarded c = Guarded.random(m * cRow, random);
        double[] expected = new double[m * cRow];
        double[] magnitude = new double[m * cRow];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < cRow; j++) {
                double sum = j >= n || accumulate ? c.get(i * cRow + j) : 0;
                double size = Math.abs(sum);
                for (int p = 0; j < n && p < k; p++) {
                    double term = (double) a.get(i * aRow + p * aColumn) * b.get(p * bRow + j * bColumn);
                    sum += term;
                    size += Math.abs(term);
                }
                expected[i * cRow + j] = sum;
                magnitude[i * cRow + j] = size;
            }
        }
        Gemm.run(
                m,
                n,
                k,
                a.segment,
                a.offset(),
                aRow,
                aColumn,
                b.segment,
                b.offset(),
                bRow,
                bColumn,
                c.segment,
                c.offset(),
                cRow,
                accumulate);
        c.assertClose(
                "m=" + m + " n=" + n + " k=" + k + " transposeA=" + transposeA + " transposeB=" + transposeB
                        + " sparse=" + sparse + " accumulate=" + accumulate,
                expected,
                magnitude);
    }

    @Test
    void batchesShareOrOwnTheirOperandsAndAddTheBias() {
        int m = 11;
        int n = 53;
        int k = 21;
        int items = 5;
        Random random = new Random(1);
        Guarded a = Guarded.random(items * m * k, random);
        Guarded b = Guarded.random(items * k * n, random);
        Guarded bias = Guarded.random(n, random);
        for (int shared = 0; shared < 3; shared++) {
            long[] aOffsets = offsets(shared == 1 ? 1 : items, m * k);
            long[] bOffsets = offsets(shared == 2 ? 1 : items, k * n);
            long[] cOffsets = offsets(items, m * n);
            Guarded c = Guarded.unset(items * m * n);
            Gemm.runBatch(
                    m,
                    n,
                    k,
                    a.segment,
                    aOffsets,
                    k,
                    1,
                    b.segment,
                    bOffsets,
                    n,
                    1,
                    c.segment,
                    cOffsets,
                    n,
                    bias.segment,
                    bias.offset(),
                    false);
            double[] expected = new double[c.length];
            double[] magnitude = new double[c.length];
            for (int item = 0; item < items; item++) {
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                        int at = (item * m + i) * n + j;
                        expected[at] = bias.get(j);
                        for (int p = 0; p < k; p++) {
                            int aItem = shared == 1 ? 0 : item;
                            int bItem = shared == 2 ? 0 : item;
                            double term = (double) a.get((aItem * m + i) * k + p) * b.get((bItem * k + p) * n + j);
                            expected[at] += term;
                            magnitude[at] += Math.abs(term) + 1;
                        }
                    }
                }
            }
            c.assertClose("shared=" + shared, expected, magnitude);
        }
    }

    @ParameterizedTest
    @CsvSource({"300,400,500", "1,1000,700", "1000,1,700", "16,5000,300"})
    void bitsDependNeitherOnThreadsNorOnTheRun(int m, int n, int k) {
        Random random = new Random(2);
        Guarded a = Guarded.random(m * k, random);
        Guarded b = Guarded.random(k * n, random);
        float[] first = null;
        for (int threads : new int[] {1, 1, 2, 3, 2}) {
            Parallel.setThreads(threads);
            Guarded c = Guarded.unset(m * n);
            Gemm.run(
                    m, n, k, a.segment, a.offset(), k, 1, b.segment, b.offset(), n, 1, c.segment, c.offset(), n, false);
            if (first == null) {
                first = c.toArray();
            }
            assertThat(c.toArray()).containsExactly(first);
        }
    }

    @Test
    void offsetsMustFitTheBatch() {
        Guarded x = Guarded.unset(16);
        assertThatThrownBy(() -> Gemm.runBatch(
                        2,
                        2,
                        2,
                        x.segment,
                        new long[2],
                        2,
                        1,
                        x.segment,
                        new long[3],
                        2,
                        1,
                        x.segment,
                        new long[3],
                        2,
                        null,
                        0,
                        false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 matrices got 2 offsets of A and 3 of B");
    }

    private static long[] offsets(int count, int step) {
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = Guarded.GUARD + (long) i * step;
        }
        return offsets;
    }
}
