package org.openmoshi.kernels.cuda;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.testing.GradientSuite;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.testing.BackendSuite;
import org.openmoshi.tensor.testing.DeviceSuite;
import org.openmoshi.tensor.testing.LeakExtension;

/**
 * The suites of all backends on the emulated driver: the real host code and the real kernels, every access to memory
 * checked. Libraries have tests of their own. Afterwards nvcc compiles all sources that the suites have used.
 */
@ExtendWith(LeakExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CudaOperationsTest {
    private static Backend cuda;
    private static Backend tensorCores;

    @BeforeAll
    static void load() {
        EmulatedCuda.load();
        cuda = new DeviceBackend(CudaProvider.device(0, CudaChoices.OWN));
        tensorCores = new DeviceBackend(CudaProvider.device(0, TensorCoreTest.ON_TENSOR_CORES));
    }

    @Order(1)
    @TestFactory
    Stream<DynamicTest> everyOperationGivesTheReferenceResult() {
        return BackendSuite.operations(cuda);
    }

    @Order(2)
    @TestFactory
    Stream<DynamicTest> faultsAndLimitsAreMet() {
        return DeviceSuite.of(CudaProvider.device(0));
    }

    @Order(2)
    @TestFactory
    Stream<DynamicTest> everyGradientAgreesWithFiniteDifferences() {
        return GradientSuite.gradients(cuda);
    }

    @Order(3)
    @TestFactory
    Stream<DynamicTest> everyProductOnTensorCoresGivesTheReferenceResult() {
        return Stream.concat(
                BackendSuite.operations(tensorCores, TensorCoreTest.cases()), GradientSuite.bfloat16(tensorCores));
    }

    @Order(4)
    @TestFactory
    Stream<DynamicTest> everySourceCompilesForRealArchitectures() {
        return NvccCheck.of(EmulatedCuda.sources());
    }
}
