package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openmoshi.tensor.ComputeOp.ReduceKind;
import org.openmoshi.tensor.testing.LeakExtension;

/** Meanings that a comparison of two backends would not notice if both had them wrong. */
@ExtendWith(LeakExtension.class)
class ArithmeticTest {
    private static final double NAN = Double.NaN;

    private Backend before;
    private Scope scope;

    @BeforeEach
    void open() {
        before = Backends.defaultBackend();
        scope = Scope.open();
    }

    @AfterEach
    void close() {
        scope.close();
        Backends.setDefault(before);
    }

    private static Tensor floats(double... values) {
        return Tensor.of(values, values.length).cast(DType.F32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu-scalar"})
    void aNanWinsEveryMaximumAndMinimum(String backend) {
        Backends.setDefault(Backends.named(backend));
        Tensor x = floats(1, NAN, 3, NAN);
        assertThat(x.max().item()).isNaN();
        assertThat(x.reduce(ReduceKind.MIN, false).item()).isNaN();
        assertThat(x.argmax(0).item()).isEqualTo(1);
        assertThat(x.argmin(0).item()).isEqualTo(1);
        Tensor two = floats(2, 2, NAN, 2);
        assertThat(x.maximum(two).toDoubles()).containsExactly(2, NAN, NAN, NAN);
        assertThat(x.minimum(two).toDoubles()).containsExactly(1, NAN, NAN, NAN);
        assertThat(x.relu().toDoubles()).containsExactly(1, NAN, 3, NAN);
        assertThat(x.clamp(0, 2).toDoubles()).containsExactly(1, NAN, 2, NAN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu-scalar"})
    void tiesGoToTheFirst(String backend) {
        Backends.setDefault(Backends.named(backend));
        Tensor x = floats(1, 3, 3, 0, 0, 3);
        assertThat(x.argmax(0).item()).isEqualTo(1);
        assertThat(x.argmin(0).item()).isEqualTo(3);
        Tensor[] top = x.topK(4);
        assertThat(top[0].toDoubles()).containsExactly(3, 3, 3, 1);
        assertThat(top[1].toLongs()).containsExactly(1, 2, 5, 0);
        assertThat(x.sort(false)[1].toLongs()).containsExactly(3, 4, 0, 1, 2, 5);
        assertThat(floats(1, NAN, -1).sort(false)[0].toDoubles()).containsExactly(-1, 1, NAN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu-scalar"})
    void integersAreExactAndDivisionTruncates(String backend) {
        Backends.setDefault(Backends.named(backend));
        Tensor a = Tensor.of(new long[] {7, -7, (1L << 62) + 1}, 3);
        Tensor b = Tensor.of(new long[] {2, 2, 1}, 3);
        assertThat(a.div(b).toLongs()).containsExactly(3, -3, (1L << 62) + 1);
        assertThat(a.add(b).toLongs()).containsExactly(9, -5, (1L << 62) + 2);
        assertThat(b.add(1).pow(b).toLongs()).containsExactly(9, 9, 2);
        assertThat(a.slice(0, 1, 3).sum().toLongs()).containsExactly((1L << 62) - 6);
        Tensor wrapping = Tensor.of(new int[] {Integer.MAX_VALUE}, 1);
        assertThat(wrapping.add(wrapping).toLongs()).containsExactly(-2);
        Tensor large = Tensor.of(new long[] {(1L << 53) + 1}, 1);
        assertThat(large.eq(large.sub(1)).item()).isZero();
        assertThatThrownBy(() -> a.div(a.sub(a)))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("div: integer division");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu-scalar"})
    void reductionsOfNothingAreZeroOrAnError(String backend) {
        Backends.setDefault(Backends.named(backend));
        Tensor empty = Tensor.zeros(DType.F32, 2, 0);
        assertThat(empty.sum(1).toDoubles()).containsExactly(0, 0);
        assertThat(empty.norm(1).toDoubles()).containsExactly(0, 0);
        assertThatThrownBy(() -> empty.max(1)).hasMessageContaining("max").hasMessageContaining("[2, 0]");
        assertThatThrownBy(() -> empty.argmax(1)).hasMessageContaining("[2, 0]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu-scalar"})
    void matricesMultiplyAndPadsMirror(String backend) {
        Backends.setDefault(Backends.named(backend));
        Tensor a = floats(1, 2, 3, 4, 5, 6).reshape(2, 3);
        Tensor b = floats(1, 0, 2, -1, 0, 3).reshape(3, 2);
        assertThat(a.matmul(b).toDoubles()).containsExactly(5, 7, 14, 13);
        Tensor x = floats(1, 2, 3, 4);
        assertThat(x.pad(ComputeOp.PadMode.REFLECT, 0, 3, 2, 0).toDoubles()).containsExactly(4, 3, 2, 1, 2, 3, 4, 3, 2);
        assertThat(x.pad(ComputeOp.PadMode.REPLICATE, 0, 2, 1, 0).toDoubles()).containsExactly(1, 1, 1, 2, 3, 4, 4);
        assertThat(x.pad(ComputeOp.PadMode.CONSTANT, 0, 1, 1, 9).toDoubles()).containsExactly(9, 1, 2, 3, 4, 9);
        assertThat(x.cumulativeSum(0).toDoubles()).containsExactly(1, 3, 6, 10);
        Tensor index = Tensor.of(new long[] {2, 0, 2, 2}, 4);
        assertThat(x.scatterAdd(0, index, 3).toDoubles()).containsExactly(2, 0, 8);
        assertThat(x.gather(0, index).toDoubles()).containsExactly(3, 1, 3, 3);
    }
}
