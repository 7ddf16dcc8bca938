package org.openmoshi.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.testing.GradientSuite;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp.Binary;
import org.openmoshi.tensor.ComputeOp.BinaryKind;
import org.openmoshi.tensor.ComputeOp.Reduce;
import org.openmoshi.tensor.ComputeOp.ReduceKind;
import org.openmoshi.tensor.ComputeOp.Unary;
import org.openmoshi.tensor.ComputeOp.UnaryKind;
import org.openmoshi.tensor.ComputeOp.WithoutGradient;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;

/** The gradient of every operation against finite differences in float64. */
@ExtendWith(LeakExtension.class)
class GradientsTest {
    @TestFactory
    Stream<DynamicTest> finiteDifferencesAgree() {
        return GradientSuite.gradients(Backends.named("cpu"));
    }

    @Test
    void everyOperationWithAGradientIsChecked() {
        Set<Class<?>> checked = GradientSuite.cases().stream()
                .map(opCase -> opCase.op().getClass())
                .collect(Collectors.toSet());
        Set<Class<?>> all = OpCases.operations();
        all.removeIf(op -> InPlaceOp.class.isAssignableFrom(op) || WithoutGradient.class.isAssignableFrom(op));
        assertThat(checked).isEqualTo(all);
    }

    @Test
    void everyKindIsChecked() {
        List<Op> ops = GradientSuite.cases().stream().map(OpCase::op).toList();
        assertThat(ops.stream().filter(Unary.class::isInstance).map(op -> ((Unary) op).kind()))
                .contains(UnaryKind.values());
        assertThat(ops.stream().filter(Binary.class::isInstance).map(op -> ((Binary) op).kind()))
                .contains(BinaryKind.values());
        assertThat(ops.stream().filter(Reduce.class::isInstance).map(op -> ((Reduce) op).kind()))
                .contains(ReduceKind.values());
    }

    @Test
    void equalArgumentsOfMaximumShareTheGradient() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {1, 2}, 2));
            Tensor y = tape.watch(Tensor.of(new float[] {1, 0}, 2));
            tape.backward(x.maximum(y).sum());
            assertThat(tape.gradient(x).toFloats()).containsExactly(0.5f, 1);
            assertThat(tape.gradient(y).toFloats()).containsExactly(0.5f, 0);
        }
    }

    @Test
    void equalMaximaShareTheGradient() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.of(new float[] {3, 1, 3, 0}, 4));
            tape.backward(x.max());
            assertThat(tape.gradient(x).toFloats()).containsExactly(0.5f, 0, 0.5f, 0);
        }
    }

    @Test
    void theNormOfZerosHasGradientZero() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor x = tape.watch(Tensor.zeros(DType.F32, 2, 3));
            tape.backward(x.norm(1).sum());
            assertThat(tape.gradient(x).toFloats()).containsOnly(0);
        }
    }

    @Test
    void indicesThatRepeatAddUp() {
        try (Scope _ = Scope.open();
                Tape tape = Tape.open()) {
            Tensor table = tape.watch(Tensor.zeros(DType.F32, 3, 2));
            Tensor index = Tensor.of(new long[] {2, 0, 2, -1}, 4);
            tape.backward(table.embedding(index).sum());
            assertThat(tape.gradient(table).toFloats()).containsExactly(1, 1, 0, 0, 2, 2);
        }
    }
}
