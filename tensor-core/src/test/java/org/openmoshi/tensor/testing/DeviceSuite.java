package org.openmoshi.tensor.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp.Distribution;
import org.openmoshi.tensor.ComputeOp.GlobalNorm;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.Device;
import org.openmoshi.tensor.device.DeviceBackend;

/** What a device must do beside computing the operations: with faults, with its limits, and with lists of tensors. */
public final class DeviceSuite {
    private static final int PARAMETERS = 20;
    private static final int PER_LAUNCH = 8;

    private final WatchedDevice device;
    private final Backend backend;

    private DeviceSuite(Device device) {
        this.device = new WatchedDevice(device);
        this.backend = new DeviceBackend(this.device);
    }

    /** The tests of a device. */
    public static Stream<DynamicTest> of(Device device) {
        DeviceSuite suite = new DeviceSuite(device);
        return Stream.of(
                dynamicTest("adam on a list has the bits of one by one", suite::adamOnAList),
                dynamicTest("a list takes a launch per so many tensors", suite::launchesOfLists),
                dynamicTest("an update and its norm are read by nobody", suite::nothingIsRead),
                dynamicTest("work for more groups than a grid has", () -> largerThanAGrid(device)),
                dynamicTest("tensors without elements", suite::emptyTensors),
                dynamicTest("a device that is lost", suite::lostDevice),
                dynamicTest("more memory than there is", suite::noMemory),
                dynamicTest("two backends in one expression", suite::twoBackends));
    }

    /** Parameters of different sizes in the order that the operation takes them, without scale. */
    private Tensor[] adamInputs() {
        Tensor[] inputs = new Tensor[4 * PARAMETERS];
        for (int i = 0; i < inputs.length; i++) {
            long size = 1 + 311L * (i % PARAMETERS);
            inputs[i] =
                    Engine.create(backend, new Random(Distribution.UNIFORM, DType.F32, Shape.of(size), i, 0, 0.1, 1));
        }
        return inputs;
    }

    private static AdamStep adam() {
        return new AdamStep(1e-2, 0.9, 0.99, 1e-8, 0.1, true, 3);
    }

    private void adamOnAList() {
        try (Scope _ = Scope.open()) {
            Tensor[] together = adamInputs();
            Tensor[] oneByOne = adamInputs();
            Engine.runInPlace(adam(), together);
            for (int i = 0; i < PARAMETERS; i++) {
                Engine.runInPlace(
                        adam(),
                        oneByOne[i],
                        oneByOne[PARAMETERS + i],
                        oneByOne[2 * PARAMETERS + i],
                        oneByOne[3 * PARAMETERS + i]);
            }
            for (int i = 0; i < together.length; i++) {
                assertThat(Arrays.equals(together[i].toFloats(), oneByOne[i].toFloats()))
                        .as("input %d", i)
                        .isTrue();
            }
        }
    }

    private void launchesOfLists() {
        try (Scope _ = Scope.open()) {
            Tensor[] inputs = adamInputs();
            int lists = (PARAMETERS + PER_LAUNCH - 1) / PER_LAUNCH;
            int before = device.launches();
            Engine.runInPlace(adam(), inputs);
            assertThat(device.launches() - before).isEqualTo(lists);
            before = device.launches();
            Engine.run(new GlobalNorm(), Arrays.copyOf(inputs, PARAMETERS));
            assertThat(device.launches() - before).isEqualTo(lists + 1); // and one that joins
        }
    }

    private void nothingIsRead() {
        try (Scope _ = Scope.open()) {
            Tensor[] inputs = Arrays.copyOf(adamInputs(), 4 * PARAMETERS + 1);
            int before = device.reads();
            Tensor norm = Engine.run(new GlobalNorm(), Arrays.copyOfRange(inputs, 3 * PARAMETERS, 4 * PARAMETERS));
            inputs[4 * PARAMETERS] = norm.reciprocal();
            Engine.runInPlace(adam(), inputs);
            assertThat(device.reads()).isEqualTo(before);
            assertThat(norm.item()).isPositive();
            assertThat(device.reads()).isEqualTo(before + 1); // reads are counted
        }
    }

    private static void largerThanAGrid(Device device) {
        Backend small = new DeviceBackend(new WatchedDevice(device, 2, 1, 1));
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.full(small, DType.F32, 3, Shape.of(7, 1031));
            assertThat(x.add(x).mul(0.5).sum().item()).isEqualTo(3.0 * 7 * 1031);
            assertThat(x.matmul(x.transpose(0, 1)).toFloats()).containsOnly(9 * 1031);
        }
    }

    private void emptyTensors() {
        try (Scope _ = Scope.open()) {
            Tensor empty = Tensor.full(backend, DType.F32, 1, Shape.of(0, 5));
            assertThat(empty.add(empty).exp().toFloats()).isEmpty();
            assertThat(empty.sum().item()).isZero();
            assertThat(empty.sum(0).toFloats()).containsExactly(0, 0, 0, 0, 0);
            assertThat(empty.transpose(0, 1).matmul(empty).toFloats())
                    .hasSize(25)
                    .containsOnly(0);
            assertThat(Engine.run(new GlobalNorm(), empty, empty).item()).isZero();
        }
    }

    private void lostDevice() {
        long live = Memory.liveBytes();
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.full(backend, DType.F32, 2, Shape.of(3, 4));
            device.setLost(true);
            try {
                assertThatThrownBy(() -> x.add(x))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("is lost");
                assertThatThrownBy(x::toFloats).hasMessageContaining("is lost");
                assertThatThrownBy(() -> Functions.softmax(x.transpose(0, 1), 0))
                        .hasMessageContaining("is lost");
            } finally {
                device.setLost(false);
            }
            assertThat(x.add(x).toFloats()).containsOnly(4);
        }
        assertThat(Memory.liveBytes()).isEqualTo(live);
    }

    private void noMemory() {
        assertThatThrownBy(() -> backend.allocate(1L << 60))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessageContaining("bytes of " + backend.name() + " memory left")
                .hasMessageContaining("live: ");
        try (Scope _ = Scope.open()) {
            assertThat(Tensor.full(backend, DType.F32, 2, Shape.of(3)).toFloats())
                    .containsOnly(2);
        }
    }

    private void twoBackends() {
        try (Scope _ = Scope.open()) {
            Tensor here = Tensor.full(backend, DType.F32, 1, Shape.of(2));
            Tensor there = Tensor.of(new float[] {1, 2}, 2);
            assertThatThrownBy(() -> here.add(there))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(backend.name())
                    .hasMessageContaining("to(backend)");
            assertThat(here.add(there.to(backend)).toFloats()).containsExactly(2, 3);
        }
    }
}
