package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.BackendSuite;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCases;

/** Every operation on every backend that is there, against the scalar reference. */
@ExtendWith(LeakExtension.class)
class OperationsTest {
    @Test
    void everyOperationHasACase() {
        Set<Class<?>> covered =
                OpCases.all().stream().map(c -> c.op().getClass()).collect(Collectors.toSet());
        assertThat(covered).isEqualTo(OpCases.operations());
    }

    @TestFactory
    Stream<DynamicTest> everyBackendGivesTheReferenceResult() {
        List<Backend> backends = Backends.providers().stream()
                .filter(provider -> provider.unavailableReason().isEmpty())
                .sorted(Comparator.comparing(BackendProvider::kind))
                .map(provider -> provider.open(0))
                .toList();
        assertThat(backends).hasSizeGreaterThan(1);
        return backends.stream().flatMap(BackendSuite::operations);
    }
}
