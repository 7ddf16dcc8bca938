package org.openmoshi.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.KernelCompilationException;
import org.openmoshi.tensor.device.PackedArguments;
import org.openmoshi.tensor.device.PackedArguments.Axes;
import org.openmoshi.tensor.device.Program;

/** The host side on the emulated driver. */
class CudaDeviceTest {
    private static CudaDevice device;
    private static Program sound;

    private final List<MemorySegment> blocks = new ArrayList<>();
    private long liveBefore;

    @BeforeAll
    static void open() {
        EmulatedCuda.load();
        device = CudaProvider.device(0);
        sound = TestKernels.load(device, "sound.cu");
    }

    @BeforeEach
    void remember() {
        liveBefore = EmulatedCuda.liveBytes();
    }

    @AfterEach
    void release() {
        blocks.forEach(device::release);
        assertThat(EmulatedCuda.liveBytes()).isEqualTo(liveBefore);
    }

    private MemorySegment block(long bytes) {
        MemorySegment block = device.allocate(bytes);
        assertThat(block).isNotNull();
        blocks.add(block);
        return block;
    }

    private MemorySegment block(float... values) {
        MemorySegment block = block(values.length * 4L);
        device.upload(MemorySegment.ofArray(values), block, 0, values.length * 4L);
        return block;
    }

    private static float[] floats(MemorySegment block) {
        float[] values = new float[(int) (block.byteSize() / 4)];
        device.download(block, 0, MemorySegment.ofArray(values), block.byteSize());
        return values;
    }

    private static float[] ramp(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i % 17 - 3;
        }
        return values;
    }

    @Test
    void saysWhatItIs() {
        assertThat(device.name()).isEqualTo("cuda:0");
        assertThat(device.description()).contains("emulated", "compute capability 9.0", "driver 13.0", "NVRTC 13.0");
        assertThat(device.peakFlops(DType.F32)).isEqualTo(256e9); // 128 multiply-adds a clock of 1 GHz
        assertThat(device.peakFlops(DType.F64)).isEqualTo(128e9);
        assertThat(device.peakBandwidth()).isEqualTo(8e9); // 64 bits, twice a clock of 500 MHz
        assertThat(device.maxGroups(0)).isEqualTo(Integer.MAX_VALUE);
        assertThat(device.maxGroups(1)).isEqualTo(65535);
    }

    @Test
    void copiesRangesOfNativeAndHeapMemory() {
        MemorySegment block = block(1, 2, 3, 4, 5, 6);
        device.upload(MemorySegment.ofArray(new float[] {-1, -2}), block, 8, 8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(16);
            device.download(block, 4, host, 16);
            assertThat(host.toArray(JAVA_FLOAT)).containsExactly(2, -1, -2, 5);
        }
    }

    @Test
    void copiesMoreThanItsPinnedMemoryHolds() {
        float[] values = ramp((11 << 20) / 4 + 3);
        MemorySegment block = block(values);
        assertThat(floats(block)).isEqualTo(values);
    }

    @Test
    void hostMemoryMayBeReusedAfterAnUpload() {
        float[] values = {1, 2, 3};
        MemorySegment first = block(values.clone());
        MemorySegment host = MemorySegment.ofArray(values);
        device.upload(host, first, 0, 12);
        host.fill((byte) 0);
        assertThat(floats(first)).containsExactly(1, 2, 3);
    }

    @Test
    void passesAllKindsOfArguments() {
        MemorySegment x = block(0, 1, 2, 3, 4, 5);
        MemorySegment y = block(24);
        Axes transposed = new Axes(new long[] {3, 2}, new long[] {1, 3});
        device.launch(sound.entry("affine"), 2, 1, 1, 4, PackedArguments.of(y, x, transposed, 0.5, 7L, 6L));
        assertThat(floats(y)).containsExactly(7f, 8.5f, 7.5f, 9f, 8f, 9.5f);
    }

    @Test
    void sharesMemoryBetweenTheItemsOfAGroup() {
        float[] values = ramp(3 * 256);
        MemorySegment x = block(values);
        MemorySegment y = block(12);
        device.launch(sound.entry("group_sum"), 3, 1, 1, 256, PackedArguments.of(y, x));
        assertThat(floats(y)).containsExactly(sum(values, 0, 256), sum(values, 256, 512), sum(values, 512, 768));
    }

    @Test
    void sumsWithTheFunctionsOfAWarp() {
        float[] values = ramp(256);
        MemorySegment x = block(values);
        MemorySegment y = block(8);
        device.launch(sound.entry("warp_sum"), 1, 1, 1, 256, PackedArguments.of(y, x));
        device.launch(sound.entry("warp_tree"), 1, 1, 1, 32, PackedArguments.of(y.asSlice(4), x));
        assertThat(floats(y)).containsExactly(sum(values, 0, 256), sum(values, 0, 32));
    }

    private static float sum(float[] values, int from, int to) {
        float sum = 0; // of small integers: exact in any order
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum;
    }

    @Test
    void countsVotes() {
        int[] values = new int[64];
        values[3] = 5;
        values[31] = 2;
        values[40] = 9;
        MemorySegment x = block(256);
        device.upload(MemorySegment.ofArray(values), x, 0, 256);
        MemorySegment y = block(0, 0, 0);
        device.launch(sound.entry("votes"), 1, 1, 1, 64, PackedArguments.of(y, x));
        int[] results = new int[3];
        device.download(y, 0, MemorySegment.ofArray(results), 12);
        assertThat(results).containsExactly(3, 1 << 31 | 1 << 3, 9);
    }

    @Test
    void launchesThreeAxes() {
        MemorySegment y = block(2 * 3 * 4 * 5 * 8);
        device.launch(sound.entry("places"), 2, 3, 4, 5, PackedArguments.of(y));
        long[] places = new long[2 * 3 * 4 * 5];
        device.download(y, 0, MemorySegment.ofArray(places), y.byteSize());
        assertThat(places[0]).isZero();
        assertThat(places[5 * 23 + 4]).isEqualTo(23_004);
    }

    @Test
    void worksFromAnyThread() throws InterruptedException {
        MemorySegment x = block(1, 2, 3);
        List<float[]> seen = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> seen.add(floats(x)));
        thread.join();
        assertThat(seen).hasSize(1);
        assertThat(seen.getFirst()).containsExactly(1, 2, 3);
    }

    @Test
    void showsTheCompilersLog() {
        String source = TestKernels.source("uncompilable.cu", "TYPE_F32");
        assertThatThrownBy(() -> device.compile("uncompilable.cu", source))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageContaining("uncompilable.cu:4")
                .hasMessageContaining("undeclared_name")
                .hasMessageContaining("cuda:0");
    }

    @Test
    void refusesADamagedBinary() {
        byte[] binary = device.compile("sound.cu", TestKernels.source("sound.cu", "TYPE_F32"));
        byte[] half = java.util.Arrays.copyOf(binary, binary.length / 2);
        assertThatThrownBy(() -> device.load("sound.cu", half))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sound.cu")
                .hasMessageContaining("CUDA_ERROR_INVALID_PTX");
        assertThatThrownBy(() -> device.load("sound.cu", "noise".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhichKernelIsMissing() {
        assertThatThrownBy(() -> sound.entry("no_such_kernel"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sound.cu has no kernel no_such_kernel");
    }

    @Test
    void returnsNullWhenMemoryIsFull() {
        EmulatedCuda.setCapacity(EmulatedCuda.liveBytes() + 1000);
        try {
            assertThat(device.allocate(1001)).isNull();
            block(1000);
        } finally {
            EmulatedCuda.setCapacity(4L << 30);
        }
    }

    @Test
    void refusesGridsBeyondTheLimits() {
        MemorySegment y = block(8);
        assertThatThrownBy(() -> device.launch(sound.entry("places"), 1, 65536, 1, 1, PackedArguments.of(y)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("places")
                .hasMessageContaining("65535");
    }

    @Test
    void namesTheKernelWhoseLaunchIsRefused() {
        MemorySegment y = block(8);
        assertThatThrownBy(() -> device.launch(sound.entry("places"), 1, 1, 1, 1025, PackedArguments.of(y)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("places")
                .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
        assertThatThrownBy(() -> device.launch(sound.entry("places"), 1, 1, 1, 1, PackedArguments.of(y, 1L)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("places");
    }

    @Test
    void saysThatTheDeviceIsLost() {
        MemorySegment x = block(1, 2);
        EmulatedCuda.setLost(true);
        try {
            assertThatThrownBy(() -> floats(x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cuda:0")
                    .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED")
                    .hasMessageContaining("last kernel");
        } finally {
            EmulatedCuda.setLost(false);
        }
        assertThat(floats(x)).containsExactly(1, 2);
    }

    @Test
    void resultsDoNotDependOnTheOrderOfTheItems() {
        float[] values = ramp(256);
        MemorySegment x = block(values);
        MemorySegment y = block(4);
        EmulatedCuda.setDescending(true);
        try {
            device.launch(sound.entry("warp_sum"), 1, 1, 1, 256, PackedArguments.of(y, x));
        } finally {
            EmulatedCuda.setDescending(false);
        }
        assertThat(floats(y)).containsExactly(sum(values, 0, 256));
    }

    @Test
    void addressesAreTheDevicesOwn() {
        MemorySegment x = block(8);
        device.upload(MemorySegment.ofArray(new int[] {7, 9}), x, 0, 8);
        assertThat(x.get(JAVA_INT, 4)).isEqualTo(9); // the emulated device's memory is the host's
        assertThat(x.get(JAVA_LONG, 0)).isEqualTo(9L << 32 | 7);
    }
}
