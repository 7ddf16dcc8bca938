package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpRunner;

/** Every operation on every backend that is there, against the scalar reference. */
@ExtendWith(LeakExtension.class)
class OperationsTest {
    private static final double FLOAT64_TOLERANCE = 1e-12;

    private final Backend reference = Backends.named("cpu-scalar");

    @Test
    void everyOperationHasACase() {
        Set<Class<?>> covered =
                OpCases.all().stream().map(c -> c.op().getClass()).collect(Collectors.toSet());
        List<Class<?>> all = new ArrayList<>(Arrays.asList(ComputeOp.class.getPermittedSubclasses()));
        all.addAll(Arrays.asList(InPlaceOp.class.getPermittedSubclasses()));
        all.addAll(Arrays.asList(ViewOp.class.getPermittedSubclasses()));
        assertThat(covered).containsExactlyInAnyOrderElementsOf(all);
    }

    @TestFactory
    Stream<DynamicTest> everyBackendGivesTheReferenceResult() {
        List<Backend> backends = Backends.providers().stream()
                .filter(provider -> provider.unavailableReason().isEmpty())
                .sorted(Comparator.comparing(BackendProvider::kind))
                .map(provider -> provider.open(0))
                .toList();
        assertThat(backends).hasSizeGreaterThan(1);
        return backends.stream()
                .flatMap(backend -> OpCases.all().stream()
                        .flatMap(c -> c.dtypes().stream()
                                .map(dtype -> dynamicTest(
                                        backend.name() + " " + dtype + " " + c, () -> compare(c, backend, dtype)))));
    }

    private void compare(OpCase opCase, Backend backend, DType dtype) {
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
