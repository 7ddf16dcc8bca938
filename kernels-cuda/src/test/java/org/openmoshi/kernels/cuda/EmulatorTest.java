package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.device.PackedArguments;
import org.openmoshi.tensor.device.Program;

/** Kernels that are broken on purpose: the emulated driver finds each fault and names the kernel and the line. */
class EmulatorTest {
    private static final int ITEMS = 32;

    private static CudaDevice device;
    private static Program checked;
    private static Program unchecked;

    private MemorySegment x;
    private MemorySegment y;

    @BeforeAll
    static void open() {
        EmulatedCuda.load();
        device = CudaProvider.device(0);
        checked = TestKernels.load(device, "broken.cu");
        EmulatedCuda.load(false);
        unchecked = TestKernels.load(device, "broken.cu");
        EmulatedCuda.load();
    }

    @BeforeEach
    void allocate() {
        x = device.allocate(4L * ITEMS);
        y = device.allocate(8L * ITEMS);
        device.upload(MemorySegment.ofArray(new float[ITEMS]), x, 0, 4L * ITEMS);
    }

    @AfterEach
    void release() {
        device.release(x);
        device.release(y);
    }

    private void launch(Program program, String kernel, int groups) {
        device.launch(program.entry(kernel), groups, 1, 1, ITEMS, PackedArguments.of(y, x, (long) ITEMS));
        device.synchronize();
    }

    @ParameterizedTest
    @CsvSource({
        "read_past_the_end, 1, ILLEGAL_ADDRESS, read of 4 bytes 0 bytes past the end of an allocation of 128 bytes",
        "write_before_the_begin, 1, ILLEGAL_ADDRESS, write of 4 bytes 4 bytes before an allocation of 256 bytes",
        "misaligned, 1, MISALIGNED_ADDRESS, misaligned access of 8 bytes",
        "not_device_memory, 1, ILLEGAL_ADDRESS, not device memory",
        "outside_of_a_shared_array, 1, ILLEGAL_ADDRESS, index 8 is outside of the array",
        "some_return_before_the_barrier, 1, LAUNCH_FAILED, divergent barrier: thread 0 waits",
        "two_barriers, 1, LAUNCH_FAILED, divergent barrier: thread 0 waits",
        "missing_barrier, 1, LAUNCH_FAILED, missing barrier: writes what thread 15 read",
        "missing_second_barrier, 1, LAUNCH_FAILED, missing barrier: reads what thread 15 wrote",
        "groups_write_the_same, 2, LAUNCH_FAILED, missing barrier: writes what another block wrote",
        "groups_read_what_others_write, 2, LAUNCH_FAILED, missing barrier: reads what another block wrote",
        "half_a_warp_shuffles, 1, LAUNCH_FAILED, divergent warp: thread 0 waits for its warp",
        "half_a_warp_multiplies, 1, LAUNCH_FAILED, divergent warp: thread 0 waits for its warp",
        "misaligned_copy, 1, MISALIGNED_ADDRESS, misaligned asynchronous copy of 16 bytes",
        "division_by_zero, 1, LAUNCH_FAILED, integer division by zero",
        "stack_overflow, 1, ILLEGAL_ADDRESS, the thread's stack overflows"
    })
    void findsTheFault(String kernel, int groups, String status, String what) {
        assertThatThrownBy(() -> launch(checked, kernel, groups))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("kernel " + kernel + " on cuda:0 failed: CUDA_ERROR_" + status)
                .hasMessageContaining(what)
                .hasMessageContaining("broken.cu:" + TestKernels.faultLine("broken.cu", kernel));
    }

    @ParameterizedTest
    @CsvSource({
        "read_past_the_end, 1, past the end of an allocation of 128 bytes",
        "not_device_memory, 1, not device memory",
        "some_return_before_the_barrier, 1, divergent barrier",
        "two_barriers, 1, divergent barrier",
        "half_a_warp_shuffles, 1, divergent warp",
        "division_by_zero, 1, integer division by zero"
    })
    void findsTheseFaultsWithoutCheckingEachAccess(String kernel, int groups, String what) {
        assertThatThrownBy(() -> launch(unchecked, kernel, groups))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("kernel " + kernel + " on cuda:0 failed")
                .hasMessageContaining(what)
                .hasMessageContaining("broken.cu:" + TestKernels.faultLine("broken.cu", kernel));
    }

    @Test
    void findsUseAfterFree() {
        MemorySegment freed = device.allocate(4L * ITEMS);
        device.release(freed);
        for (Program program : new Program[] {checked, unchecked}) {
            assertThatThrownBy(() -> device.launch(
                            program.entry("groups_write_the_same"), 1, 1, 1, ITEMS, PackedArguments.of(freed, x, (long)
                                    ITEMS)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("kernel groups_write_the_same on cuda:0 failed")
                    .hasMessageContaining("at byte 0 of an allocation of 128 bytes that was freed")
                    .hasMessageContaining("broken.cu:" + TestKernels.faultLine("broken.cu", "groups_write_the_same"));
        }
    }

    @Test
    void aMissingBarrierGivesOtherResultsInTheOtherOrder() {
        float[] values = new float[ITEMS];
        for (int i = 0; i < ITEMS; i++) {
            values[i] = i;
        }
        device.upload(MemorySegment.ofArray(values), x, 0, 4L * ITEMS);
        launch(unchecked, "missing_barrier", 1);
        float[] ascending = results();
        EmulatedCuda.setDescending(true);
        try {
            launch(unchecked, "missing_barrier", 1);
        } finally {
            EmulatedCuda.setDescending(false);
        }
        assertThat(results()).isNotEqualTo(ascending);
    }

    @Test
    void copiesArriveNoSoonerThanTheyAreWaitedFor() {
        float[] ones = new float[ITEMS];
        java.util.Arrays.fill(ones, 1);
        device.upload(MemorySegment.ofArray(ones), x, 0, 4L * ITEMS);
        launch(checked, "waits_for_older_copies", 1);
        assertThat(results()).containsOnly(Float.NaN);
    }

    @Test
    void copiesThatNothingWaitsForAreAFault() {
        assertThatThrownBy(() -> launch(checked, "copy_without_a_wait", 1))
                .hasMessageContaining("asynchronous copies that the thread has not waited for");
    }

    @Test
    void copiesAreSeenByOthersAfterABarrierOnly() {
        assertThatThrownBy(() -> launch(checked, "copy_without_a_barrier", 1))
                .hasMessageContaining("missing barrier")
                .hasMessageContaining("broken.cu:" + TestKernels.faultLine("broken.cu", "copy_without_a_barrier"));
    }

    private float[] results() {
        float[] results = new float[ITEMS];
        device.download(y, 0, MemorySegment.ofArray(results), 4L * ITEMS);
        return results;
    }

    @Test
    void soundKernelsRunAfterABrokenOne() {
        assertThatThrownBy(() -> launch(checked, "two_barriers", 1)).isInstanceOf(IllegalStateException.class);
        launch(checked, "groups_write_the_same", 1);
        assertThat(results()[1]).isZero();
    }
}
