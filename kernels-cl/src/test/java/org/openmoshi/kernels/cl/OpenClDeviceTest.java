package org.openmoshi.kernels.cl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.KernelCompilationException;
import org.openmoshi.tensor.testing.LeakExtension;

/** What the device does with faults: each is an error with its reason, and the next operation works. */
@ExtendWith(LeakExtension.class)
class OpenClDeviceTest {
    private static final OpenClProvider PROVIDER = new OpenClProvider();

    @BeforeAll
    static void needsADevice() {
        assumeTrue(PROVIDER.unavailableReason().isEmpty(), "no OpenCL: " + PROVIDER.unavailableReason());
    }

    private static void assertThatItWorks() {
        try (Scope _ = Scope.open()) {
            Tensor two = Tensor.full(PROVIDER.open(0), DType.F32, 2, Shape.of(3));
            assertThat(two.add(two).toFloats()).containsOnly(4);
        }
    }

    @Test
    void isFoundByName() {
        assertThat(Backends.named("opencl:0")).isSameAs(PROVIDER.open(0));
        assertThatThrownBy(() -> Backends.named("opencl:99")).hasMessageContaining("opencl:99");
    }

    @Test
    void aKernelThatDoesNotCompileShowsTheCompilersLog() {
        OpenClDevice device = OpenClProvider.device(0);
        assertThatThrownBy(() -> device.compile("broken.cl", "#line 7 \"broken.cl\"\n__kernel void f() { nonsense; }"))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageContaining("broken.cl")
                .hasMessageContaining("nonsense");
        assertThatItWorks();
    }

    @Test
    void aBinaryOfAnotherDriverIsRefused() {
        OpenClDevice device = OpenClProvider.device(0);
        assertThatThrownBy(() -> device.load("copy.cl", new byte[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("copy.cl");
    }

    @Test
    void anEntryThatIsNotThereIsNamed() {
        OpenClDevice device = OpenClProvider.device(0);
        byte[] binary = device.compile("f.cl", "__kernel void f(__global float* x) { x[0] = 1; }");
        assertThatThrownBy(() -> device.load("f.cl", binary).entry("g")).hasMessage("no kernel g in f.cl");
    }

    @Test
    void memoryThatIsNotThereIsAnErrorWithWhatIsLive() {
        Backend backend = PROVIDER.open(0);
        assertThatThrownBy(() -> backend.allocate(1L << 60))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessageContaining("bytes of opencl:0 memory left");
        assertThatItWorks();
    }

    @Test
    void twoBackendsInOneExpressionSayHowToCopy() {
        try (Scope _ = Scope.open()) {
            Tensor here = Tensor.full(PROVIDER.open(0), DType.F32, 1, Shape.of(2));
            Tensor there = Tensor.of(new float[] {1, 2}, 2);
            assertThatThrownBy(() -> here.add(there)).hasMessageContaining("to(backend)");
            assertThat(here.add(there.to(here.backend())).toFloats()).containsExactly(2, 3);
        }
    }

    @Test
    void moreAxesThanKernelsTakeIsAnErrorThatSaysSo() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.full(PROVIDER.open(0), DType.F32, 1, Shape.of(3, 2, 3, 2, 3, 2, 3, 2, 3));
            Tensor reversed = x.permute(8, 7, 6, 5, 4, 3, 2, 1, 0);
            assertThatThrownBy(reversed::contiguous)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("9 axes on opencl:0");
        }
        assertThatItWorks();
    }

    @Test
    void copiesLargerThanTheStagingMemoryArriveWhole() {
        try (Scope _ = Scope.open()) {
            float[] values = new float[(1 << 21) + 17];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
            }
            Tensor there =
                    Tensor.of(PROVIDER.open(0), MemorySegment.ofArray(values), DType.F32, Shape.of(values.length));
            assertThat(there.toFloats()).isEqualTo(values);
        }
    }

    @Test
    void whatKernelsFindWrongIsThrownWhenAResultIsRead() {
        try (Scope _ = Scope.open()) {
            Tensor one = Tensor.of(new long[] {1, 2}, 2).to(PROVIDER.open(0));
            Tensor zero = one.zerosLike();
            Tensor quotient = one.div(zero);
            assertThatThrownBy(quotient::toLongs)
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("by zero")
                    .hasMessageContaining("opencl:0");
        }
        assertThatItWorks();
    }
}
