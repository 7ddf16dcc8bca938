package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.cpu.CpuProvider;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class MemoryTest {
    @Test
    void aScopeFreesWhatWasMadeInside() {
        long before = Memory.liveBytes();
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.zeros(DType.F32, 10, 10);
            x.add(1).transpose(0, 1).contiguous();
            assertThat(Memory.liveBytes()).isEqualTo(before + 3 * 400);
        }
        assertThat(Memory.liveBytes()).isEqualTo(before);
    }

    @Test
    void keptTensorsMoveToTheEnclosingScopeOrTheCaller() {
        Tensor kept;
        try (Scope outer = Scope.open()) {
            Tensor middle;
            try (Scope inner = Scope.open()) {
                middle = inner.keep(Tensor.scalar(3));
            }
            assertThat(middle.item()).isEqualTo(3);
            kept = outer.keep(Tensor.scalar(4));
            assertThat(middle.isClosed()).isFalse();
        }
        try (kept) {
            assertThat(kept.item()).isEqualTo(4);
        }
    }

    @Test
    void detachedTensorsBelongToTheCaller() {
        Tensor parameter;
        try (Scope _ = Scope.open()) {
            try (Scope _ = Scope.detached()) {
                parameter = Tensor.scalar(1);
            }
        }
        assertThat(parameter.item()).isEqualTo(1);
        parameter.close();
        parameter.close(); // harmless
        assertThat(parameter.isClosed()).isTrue();
    }

    @Test
    void aClosedTensorThrowsOnEveryUse() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3);
        x.close();
        String message = "tensor of shape [2, 3] was closed";
        assertThatThrownBy(() -> x.add(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(message);
        assertThatThrownBy(x::toFloats).hasMessageContaining(message);
        assertThatThrownBy(() -> x.reshape(6)).hasMessageContaining(message);
        assertThatThrownBy(x::segment).hasMessageContaining(message);
        assertThatThrownBy(() -> x.fill_(1)).hasMessageContaining(message);
        assertThat(x.toString()).contains("[2, 3]", "closed");
    }

    @Test
    void aViewKeepsTheMemoryOfItsClosedBase() {
        long before = Memory.liveBytes();
        Tensor x = Tensor.of(new float[] {1, 2, 3}, 3);
        Tensor view = x.slice(0, 1, 3);
        x.close();
        assertThat(view.toFloats()).containsExactly(2, 3);
        view.close();
        assertThat(Memory.liveBytes()).isEqualTo(before);
    }

    @Test
    void scopesCloseInOrder() {
        Scope outer = Scope.open();
        Scope inner = Scope.open();
        assertThatThrownBy(outer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reverse order");
        inner.close();
        outer.close();
        assertThat(Scope.depth()).isZero();
    }

    @Test
    void aFailingOperationLeavesNothingBehind() {
        try (Tensor x = Tensor.zeros(DType.F32, 3);
                Tensor index = Tensor.of(new long[] {5}, 1)) {
            long before = Memory.liveBytes();
            assertThatThrownBy(() -> x.indexSelect(0, index)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(Memory.liveBytes()).isEqualTo(before);
        }
    }

    @Test
    void theReportNamesTheLineThatMadeATensor() {
        try (Tensor x = Tensor.zeros(DType.F32, 1000)) {
            assertThat(x.size()).isEqualTo(1000);
            assertThat(Memory.report())
                    .contains("MemoryTest.theReportNamesTheLineThatMadeATensor(MemoryTest.java:")
                    .contains("4,000 bytes");
        }
    }

    @Test
    void thePeakIsTheMostThatLivedAtOnce() {
        Memory.resetPeak();
        long before = Memory.peakBytes();
        Tensor.zeros(DType.F32, 100).close();
        Tensor.zeros(DType.F32, 50).close();
        assertThat(Memory.peakBytes()).isEqualTo(before + 400);
    }

    @Test
    void memoryIsAlignedAndReused() {
        Backend backend = new CpuProvider().open(0);
        for (long bytes : new long[] {1, 63, 64, 65, 1000, 4097, 1 << 20}) {
            var first = backend.allocate(bytes);
            assertThat(first.address() % 64).isZero();
            assertThat(first.byteSize()).isGreaterThanOrEqualTo(bytes);
            backend.free(first);
            var second = backend.allocate(bytes);
            assertThat(second.address()).isEqualTo(first.address());
            backend.free(second);
        }
    }
}
