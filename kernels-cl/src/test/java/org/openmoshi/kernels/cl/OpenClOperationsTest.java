package org.openmoshi.kernels.cl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.testing.GradientSuite;
import org.openmoshi.tensor.testing.BackendSuite;
import org.openmoshi.tensor.testing.DeviceSuite;
import org.openmoshi.tensor.testing.LeakExtension;

/** The suites of all backends on the first OpenCL device; skipped, with the reason, where there is none. */
@ExtendWith(LeakExtension.class)
class OpenClOperationsTest {
    private static final OpenClProvider PROVIDER = new OpenClProvider();

    @BeforeAll
    static void needsADevice() {
        assumeTrue(PROVIDER.unavailableReason().isEmpty(), "no OpenCL: " + PROVIDER.unavailableReason());
    }

    @TestFactory
    Stream<DynamicTest> everyOperationGivesTheReferenceResult() {
        return BackendSuite.operations(PROVIDER.open(0));
    }

    @TestFactory
    Stream<DynamicTest> faultsAndLimitsAreMet() {
        return DeviceSuite.of(OpenClProvider.device(0));
    }

    @TestFactory
    Stream<DynamicTest> everyGradientAgreesWithFiniteDifferences() {
        return GradientSuite.gradients(PROVIDER.open(0));
    }
}
