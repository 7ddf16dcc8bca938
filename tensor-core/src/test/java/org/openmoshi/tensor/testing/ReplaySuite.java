package org.openmoshi.tensor.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Replay;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** What a recorded step does on every backend, and what devices refuse to record. */
public final class ReplaySuite {
    private static final int SIZE = 12; // products that are not narrow

    private final Backend backend;

    private ReplaySuite(Backend backend) {
        this.backend = backend;
    }

    /** What holds on every backend. */
    public static Stream<DynamicTest> of(Backend backend) {
        ReplaySuite suite = new ReplaySuite(backend);
        return Stream.of(
                suite.test("runs again on what its tensors hold", suite::runsAgain),
                suite.test("keeps its state in tensors", suite::keepsState),
                suite.test("does not use memory that others got meanwhile", suite::keepsItsMemory));
    }

    /** What holds on devices. */
    public static Stream<DynamicTest> ofDevice(Backend backend) {
        ReplaySuite suite = new ReplaySuite(backend);
        return Stream.of(
                suite.test("refuses copies from the host", suite::refusesCopies),
                suite.test("refuses tensors that are left behind", suite::refusesLeftovers),
                suite.test("refuses a step that changes", suite::refusesChange),
                suite.test("passes on what the step throws", suite::passesOnFailures),
                suite.test("does not run after it was closed", suite::refusesAfterClose));
    }

    private DynamicTest test(String name, Executable body) {
        return dynamicTest(backend.name() + " " + name, body);
    }

    private Tensor tensor(double scale) {
        float[] values = new float[SIZE * SIZE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(scale * i);
        }
        return Tensor.of(backend, MemorySegment.ofArray(values), DType.F32, Shape.of(SIZE, SIZE));
    }

    /** Temporaries of several sizes, a product, and a result that is written in place. */
    private static void step(Tensor x, Tensor weight, Tensor y) {
        try (Scope _ = Scope.open()) {
            Tensor mean = x.mean();
            y.copyFrom_(x.matmul(weight).sub(mean).tanh().add(y));
        }
    }

    private void runsAgain() {
        try (Scope _ = Scope.open()) {
            Tensor weight = tensor(0.3);
            Tensor x = tensor(0.7);
            Tensor y = x.zerosLike();
            Tensor expected = x.zerosLike();
            try (Replay replay = backend.record(() -> step(x, weight, y))) {
                step(x, weight, expected);
                assertThat(y.toFloats()).isEqualTo(expected.toFloats());
                x.copyFrom_(tensor(0.9));
                replay.run();
                replay.run();
                step(x, weight, expected);
                step(x, weight, expected);
                assertThat(y.toFloats()).isEqualTo(expected.toFloats());
            }
        }
    }

    private void keepsState() {
        try (Scope _ = Scope.open()) {
            Tensor count = Tensor.full(backend, DType.F32, 0, Shape.of(3));
            Tensor one = Tensor.full(backend, DType.F32, 1, Shape.of(3));
            try (Replay replay = backend.record(() -> {
                try (Scope _ = Scope.open()) {
                    count.copyFrom_(count.add(one));
                }
            })) {
                assertThat(count.toFloats()).containsOnly(1);
                replay.run();
                replay.run();
                assertThat(count.toFloats()).containsOnly(3);
            }
        }
    }

    private void keepsItsMemory() {
        try (Scope _ = Scope.open()) {
            Tensor weight = tensor(0.3);
            Tensor x = tensor(0.7);
            Tensor y = x.zerosLike();
            try (Replay replay = backend.record(() -> step(x, weight, y))) {
                Tensor[] others = new Tensor[8];
                for (int i = 0; i < others.length; i++) {
                    others[i] = Tensor.full(backend, DType.F32, i, Shape.of(SIZE, SIZE));
                }
                replay.run();
                for (int i = 0; i < others.length; i++) {
                    assertThat(others[i].toFloats()).containsOnly(i);
                }
            }
        }
    }

    private void assertThatItWorks() {
        try (Scope _ = Scope.open()) {
            Tensor two = Tensor.full(backend, DType.F32, 2, Shape.of(3));
            assertThat(two.add(two).toFloats()).containsOnly(4);
        }
    }

    private void refusesCopies() {
        try (Scope _ = Scope.open()) {
            Tensor x = tensor(1);
            assertThatThrownBy(() -> backend.record(() -> x.sum().item()).close())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("copies between host and device");
            assertThatThrownBy(() -> backend.record(() -> tensor(1)).close())
                    .hasMessageContaining("copies between host and device");
        }
        assertThatItWorks();
    }

    private void refusesLeftovers() {
        try (Scope _ = Scope.open()) {
            Tensor x = tensor(1);
            assertThatThrownBy(() -> backend.record(x::exp).close())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("left 1 tensors behind");
        }
        assertThatItWorks();
    }

    private void refusesChange() {
        try (Scope _ = Scope.open()) {
            Tensor x = tensor(1);
            boolean[] before = new boolean[1];
            assertThatThrownBy(() -> backend.record(() -> {
                                try (Scope _ = Scope.open()) {
                                    Tensor y = before[0] ? Tensor.concat(0, x, x, x) : x.exp();
                                    assertThat(y.rank()).isEqualTo(2);
                                    before[0] = true;
                                }
                            })
                            .close())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("must do the same each time");
        }
        assertThatItWorks();
    }

    private void passesOnFailures() {
        try (Scope _ = Scope.open()) {
            Tensor x = tensor(1);
            int[] runs = new int[1];
            assertThatThrownBy(() -> backend.record(() -> {
                                try (Scope _ = Scope.open()) {
                                    assertThat(x.exp().rank()).isEqualTo(2);
                                    if (++runs[0] == 2) {
                                        throw new ArithmeticException("of the step");
                                    }
                                }
                            })
                            .close())
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessage("of the step");
        }
        assertThatItWorks();
    }

    private void refusesAfterClose() {
        try (Scope _ = Scope.open()) {
            Tensor x = tensor(1);
            Replay replay = backend.record(() -> x.copyFrom_(x));
            replay.close();
            assertThatThrownBy(replay::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was closed");
        }
    }
}
