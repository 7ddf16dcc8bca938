package org.openmoshi.kernels.cl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.BackendSuite;
import org.openmoshi.tensor.testing.LeakExtension;

/** The operation suite on the first OpenCL device; skipped, with the reason, where there is none. */
@ExtendWith(LeakExtension.class)
class OpenClOperationsTest {
    @TestFactory
    Stream<DynamicTest> everyOperationGivesTheReferenceResult() {
        OpenClProvider provider = new OpenClProvider();
        assumeTrue(provider.unavailableReason().isEmpty(), "no OpenCL: " + provider.unavailableReason());
        return BackendSuite.operations(provider.open(0));
    }
}
