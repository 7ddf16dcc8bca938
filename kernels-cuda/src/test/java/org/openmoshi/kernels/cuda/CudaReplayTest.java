package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Replay;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.ReplaySuite;

/** Recorded steps, here CUDA graphs with kernels and products by cuBLAS. */
@ExtendWith(LeakExtension.class)
class CudaReplayTest {
    private static Backend cuda;

    @BeforeAll
    static void load() {
        EmulatedCuda.load();
        cuda = new DeviceBackend(CudaProvider.device(0, new CudaChoices(MatMulKernel.CUBLAS, ConvKernel.CUDNN)));
    }

    @TestFactory
    Stream<DynamicTest> aStepRunsAgain() {
        return Stream.concat(ReplaySuite.of(cuda), ReplaySuite.ofDevice(cuda));
    }

    @Test
    void runsAsOneGraphAndGivesItsMemoryBack() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.full(cuda, DType.F32, 1, Shape.of(1, 10, 20));
            Tensor weight = Tensor.full(cuda, DType.F32, 0.01, Shape.of(10, 10, 3));
            long before = EmulatedCuda.liveBytes();
            try (Replay replay = cuda.record(() -> {
                try (Scope _ = Scope.open()) {
                    x.copyFrom_(Functions.conv1d(x, weight, null, 1, 2, 0, 1, 1).exp());
                }
            })) {
                assertThat(EmulatedCuda.liveBytes()).isGreaterThan(before);
                long launches = EmulatedCuda.launches();
                long graphs = EmulatedCuda.graphLaunches();
                replay.run();
                assertThat(EmulatedCuda.graphLaunches()).isEqualTo(graphs + 1);
                assertThat(EmulatedCuda.launches()).isBetween(launches + 2, launches + 4); // padding, exp, the copy
            }
            assertThat(EmulatedCuda.liveBytes()).isEqualTo(before);
        }
    }
}
