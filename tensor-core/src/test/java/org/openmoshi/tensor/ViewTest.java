package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.tensor.testing.LeakExtension;

/** Views share memory and broadcast as NumPy's do. */
@ExtendWith(LeakExtension.class)
class ViewTest {
    private static Tensor counting(long... shape) {
        return Tensor.arange(DType.I64, Shape.of(shape).size()).reshape(shape);
    }

    @Test
    void viewsShareTheirStorage() {
        try (Scope _ = Scope.open()) {
            Tensor x = counting(2, 3, 4);
            Tensor view = x.permute(2, 0, 1).slice(0, 1, 4, 2).select(1, 1);
            assertThat(view.storage()).isSameAs(x.storage());
            assertThat(view.shape()).isEqualTo(Shape.of(2, 3));
            assertThat(view.toLongs()).containsExactly(13, 17, 21, 15, 19, 23);
            view.fill_(-1);
            assertThat(x.slice(0, 1, 2).toLongs()).containsExactly(12, -1, 14, -1, 16, -1, 18, -1, 20, -1, 22, -1);
            assertThat(x.slice(0, 0, 1).sum().item()).isEqualTo(66);
        }
    }

    @Test
    void reshapeIsAViewWhereStridesAllowItAndACopyOtherwise() {
        try (Scope _ = Scope.open()) {
            Tensor x = counting(4, 6);
            Tensor columns = x.slice(1, 0, 6, 2);
            assertThat(columns.reshape(2, 2, 3).storage()).isSameAs(x.storage());
            assertThat(columns.reshape(2, 2, 3).toLongs()).containsExactly(columns.toLongs());
            Tensor transposed = x.transpose(0, 1);
            Tensor copied = transposed.reshape(24);
            assertThat(copied.storage()).isNotSameAs(x.storage());
            assertThat(copied.toLongs()).startsWith(0, 6, 12, 18, 1, 7);
            assertThat(x.reshape(2, -1).shape()).isEqualTo(Shape.of(2, 12));
            assertThat(x.expand(3, 4, 6).reshape(3, 24).storage()).isSameAs(x.storage());
        }
    }

    @Test
    void negativeAxesAndPositionsCountFromTheEnd() {
        try (Scope _ = Scope.open()) {
            Tensor x = counting(3, 4);
            assertThat(x.slice(-1, -2, 4).toLongs()).containsExactly(2, 3, 6, 7, 10, 11);
            assertThat(x.select(-2, -1).toLongs()).containsExactly(8, 9, 10, 11);
            assertThat(x.unsqueeze(-1).shape()).isEqualTo(Shape.of(3, 4, 1));
            assertThat(x.unsqueeze(0).squeeze(0).shape()).isEqualTo(Shape.of(3, 4));
            assertThat(x.slice(0, 2, 2).shape()).isEqualTo(Shape.of(0, 4));
        }
    }

    @Test
    void splitAndStackAreInverse() {
        try (Scope _ = Scope.open()) {
            Tensor x = counting(2, 5);
            Tensor[] parts = x.split(1, 2, 0, 3);
            assertThat(parts[1].shape()).isEqualTo(Shape.of(2, 0));
            assertThat(Tensor.concat(1, parts).toLongs()).containsExactly(x.toLongs());
            Tensor stacked = Tensor.stack(-1, x, x.neg());
            assertThat(stacked.shape()).isEqualTo(Shape.of(2, 5, 2));
            assertThat(stacked.select(-1, 1).toLongs()).containsExactly(x.neg().toLongs());
        }
    }

    @Test
    void shapesBroadcastFromTheRight() {
        assertThat(Shape.broadcast("add", Shape.of(8, 1, 6, 1), Shape.of(7, 1, 5)))
                .isEqualTo(Shape.of(8, 7, 6, 5));
        assertThat(Shape.broadcast("add", Shape.SCALAR, Shape.of(0, 3))).isEqualTo(Shape.of(0, 3));
        assertThat(Shape.broadcast("add", Shape.of(1), Shape.of(0))).isEqualTo(Shape.of(0));
        try (Scope _ = Scope.open()) {
            Tensor table = counting(3, 1).mul(10).add(counting(4));
            assertThat(table.toLongs()).containsExactly(0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
        }
    }

    @Test
    void aSourceThatOverlapsItsTargetIsReadFirst() {
        try (Scope _ = Scope.open()) {
            Tensor x = counting(6);
            x.slice(0, 1, 6).copyFrom_(x.slice(0, 0, 5));
            assertThat(x.toLongs()).containsExactly(0, 0, 1, 2, 3, 4);
            Tensor square = counting(2, 2);
            square.copyFrom_(square.transpose(0, 1));
            assertThat(square.toLongs()).containsExactly(0, 2, 1, 3);
        }
    }
}
