package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
    private final int threadsBefore = Parallel.threads();

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(threadsBefore);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void runsEveryTaskExactlyOnce(int threads) {
        Parallel.setThreads(threads);
        assertThat(Parallel.threads()).isEqualTo(threads);
        for (int round = 0; round < 2000; round++) {
            int tasks = round % 37;
            AtomicIntegerArray counts = new AtomicIntegerArray(tasks + 1);
            Parallel.run(tasks, counts::incrementAndGet);
            for (int i = 0; i < tasks; i++) {
                assertThat(counts.get(i)).isEqualTo(1);
            }
            assertThat(counts.get(tasks)).isZero();
        }
    }

    @Test
    void plainWritesOfTasksAreVisibleToTheCaller() {
        Parallel.setThreads(3);
        int[] out = new int[64];
        for (int round = 1; round <= 5000; round++) {
            int value = round;
            Parallel.run(out.length, i -> out[i] = value + i);
            for (int i = 0; i < out.length; i++) {
                assertThat(out[i]).isEqualTo(value + i);
            }
        }
    }

    @Test
    void nestedCallsRunInTheThreadOfTheirTask() {
        Parallel.setThreads(2);
        AtomicInteger foreign = new AtomicInteger();
        AtomicInteger inner = new AtomicInteger();
        Parallel.run(8, i -> {
            Thread outer = Thread.currentThread();
            Parallel.run(4, j -> {
                inner.incrementAndGet();
                if (Thread.currentThread() != outer) {
                    foreign.incrementAndGet();
                }
            });
        });
        assertThat(inner.get()).isEqualTo(32);
        assertThat(foreign.get()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void exceptionsReachTheCallerAndThePoolGoesOn(int threads) {
        Parallel.setThreads(threads);
        for (int bad = 0; bad < 10; bad++) {
            int index = bad;
            assertThatThrownBy(() -> Parallel.run(10, i -> {
                        if (i == index) {
                            throw new IllegalStateException("task " + i);
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task " + index);
            AtomicInteger ran = new AtomicInteger();
            Parallel.run(10, i -> ran.incrementAndGet());
            assertThat(ran.get()).isEqualTo(10);
        }
    }

    @Test
    void concurrentCallersBothFinish() throws InterruptedException {
        Parallel.setThreads(2);
        AtomicInteger ran = new AtomicInteger();
        Runnable caller = () -> {
            for (int round = 0; round < 500; round++) {
                Parallel.run(5, i -> ran.incrementAndGet());
            }
        };
        Thread other = new Thread(caller);
        other.start();
        caller.run();
        other.join();
        assertThat(ran.get()).isEqualTo(5000);
    }

    @Test
    void threadCountIsChecked() {
        assertThatThrownBy(() -> Parallel.setThreads(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1, got 0");
        Parallel.setThreads(2);
        assertThatThrownBy(() -> Parallel.run(2, i -> Parallel.setThreads(3)))
                .isInstanceOf(IllegalStateException.class);
    }
}
