package org.openmoshi.kernels.cl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpRunner;
import org.openmoshi.tensor.testing.WatchedDevice;

/** Every kernel strides over its grid along each axis: results are the same where a device allows only a few groups. */
@ExtendWith(LeakExtension.class)
class OpenClGridTest {
    /** Elements above which one group does not have an item for each. */
    private static final long LONG = 256;

    private static final OpenClProvider PROVIDER = new OpenClProvider();

    @BeforeAll
    static void needsADevice() {
        assumeTrue(PROVIDER.unavailableReason().isEmpty(), "no OpenCL: " + PROVIDER.unavailableReason());
    }

    @TestFactory
    Stream<DynamicTest> twoGroupsDoTheWorkOfAll() {
        return operations(2, 1, 1);
    }

    @TestFactory
    Stream<DynamicTest> gridsAreCutAlongEachAxis() {
        return operations(3, 2, 2);
    }

    /** The cases that have work for several groups, in one of their types as striding does not depend on it. */
    private static Stream<DynamicTest> operations(long x, long y, long z) {
        WatchedDevice device = new WatchedDevice(OpenClProvider.device(0), x, y, z);
        Backend backend = new DeviceBackend(device);
        Stream<DynamicTest> cases = OpCases.all().stream()
                .filter(OpenClGridTest::isLong)
                .map(c -> {
                    DType dtype = c.dtypes().iterator().next();
                    return dynamicTest(dtype + " " + c, () -> OpRunner.verify(c, backend, dtype));
                });
        return Stream.concat(
                cases,
                Stream.of(dynamicTest(
                        "every kernel filled a grid",
                        () -> assertThat(device.neverFilled()).isEmpty())));
    }

    private static boolean isLong(OpCase opCase) {
        return opCase.inputs().isEmpty()
                || opCase.inputs().stream().anyMatch(input -> input.shape().size() > LONG);
    }
}
