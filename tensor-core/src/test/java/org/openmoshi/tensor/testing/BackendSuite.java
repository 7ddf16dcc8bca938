package org.openmoshi.tensor.testing;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.tensor.Backend;

/** The operation suite as tests. */
public final class BackendSuite {
    private BackendSuite() {}

    /** One test per case and type. */
    public static Stream<DynamicTest> operations(Backend backend) {
        return operations(backend, OpCases.all());
    }

    /** One test per type of these cases. */
    public static Stream<DynamicTest> operations(Backend backend, List<OpCase> cases) {
        return cases.stream()
                .flatMap(c -> c.dtypes().stream()
                        .map(dtype -> dynamicTest(
                                backend.name() + " " + dtype + " " + c, () -> OpRunner.verify(c, backend, dtype))));
    }
}
