package org.openmoshi.kernels.cl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.ReplaySuite;

/** Recorded steps, here lists of launches. */
@ExtendWith(LeakExtension.class)
class OpenClReplayTest {
    @TestFactory
    Stream<DynamicTest> aStepRunsAgain() {
        OpenClProvider provider = new OpenClProvider();
        assumeTrue(provider.unavailableReason().isEmpty(), "no OpenCL: " + provider.unavailableReason());
        Backend device = provider.open(0);
        return Stream.concat(ReplaySuite.of(device), ReplaySuite.ofDevice(device));
    }
}
