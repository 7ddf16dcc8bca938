package org.openmoshi.tensor.testing;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.tensor.Backend;

/** The operation suite as tests. */
public final class BackendSuite {
    private BackendSuite() {}

    /** One test per case and type. */
    public static Stream<DynamicTest> operations(Backend backend) {
        return OpCases.all().stream()
                .flatMap(c -> c.dtypes().stream()
                        .map(dtype -> dynamicTest(
                                backend.name() + " " + dtype + " " + c, () -> OpRunner.verify(c, backend, dtype))));
    }
}
