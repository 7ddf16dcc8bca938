package org.openmoshi.tensor.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** The operation suite that every backend passes: each case in each of its types against the scalar reference. */
public final class BackendSuite {
    private static final double FLOAT64_TOLERANCE = 1e-12;

    private BackendSuite() {}

    /** One test per case and type. */
    public static Stream<DynamicTest> operations(Backend backend) {
        return OpCases.all().stream()
                .flatMap(c -> c.dtypes().stream()
                        .map(dtype ->
                                dynamicTest(backend.name() + " " + dtype + " " + c, () -> compare(c, backend, dtype))));
    }

    private static void compare(OpCase opCase, Backend backend, DType dtype) {
        Backend reference = Backends.named("cpu-scalar");
        try (Scope _ = Scope.open()) {
            Tensor[] expected = OpRunner.run(opCase, reference, reference, dtype);
            Tensor[] actual = OpRunner.run(opCase, reference, backend, dtype);
            double tolerance = dtype == DType.F64 ? FLOAT64_TOLERANCE : opCase.tolerance();
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < actual.length; i++) {
                assertThat(OpRunner.error(actual[i], expected[i]))
                        .as("%s%noutput %d%nis        %s%nshould be %s", opCase, i, actual[i], expected[i])
                        .isLessThanOrEqualTo(tolerance);
            }
            if (opCase.op() instanceof ComputeOp) {
                OpRunner.checkGuarded(opCase, reference, backend, dtype, actual);
            }
        }
    }
}
