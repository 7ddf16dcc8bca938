package org.openmoshi.tensor;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.ReplaySuite;

@ExtendWith(LeakExtension.class)
class ReplayTest {
    @TestFactory
    Stream<DynamicTest> cpu() {
        return ReplaySuite.of(Backends.named("cpu"));
    }
}
