package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Products and convolutions on the fast backend against the reference, through tensors of every layout. */
class VectorProductsTest {
    private final Random random = new Random(3);
    private final VectorBackend fast = new VectorBackend();
    private final ScalarBackend reference = new ScalarBackend("cpu");

    @Test
    void matMulBroadcastsAndTakesAnyLayout() {
        try (Scope _ = Scope.open()) {
            Tensor a = random(5, 7);
            Tensor b = random(7, 6);
            Tensor batch = random(3, 5, 7);
            Tensor four = random(2, 3, 7, 6);
            check(new MatMul(), zeros(5, 6), a, b);
            check(new MatMul(), zeros(7, 5), b, random(5, 6).transpose(0, 1));
            check(new MatMul(), zeros(3, 5, 6), batch, b);
            check(new MatMul(), zeros(3, 5, 6), random(3, 7, 5).transpose(1, 2), b);
            check(new MatMul(), zeros(2, 3, 5, 6), batch, four);
            check(new MatMul(), zeros(2, 3, 6, 5), four.transpose(2, 3), batch.transpose(1, 2));
            check(new MatMul(), zeros(2, 3, 5, 6), random(2, 1, 5, 7), four);
            check(
                    new MatMul(),
                    zeros(2, 3, 5, 6),
                    random(3, 1, 2, 7, 5).select(0, 1).permute(1, 0, 3, 2).expand(2, 3, 5, 7),
                    four);
            check(new MatMul(), zeros(3, 5, 6), batch, b.slice(1, 0, 6).expand(3, 7, 6));
        }
    }

    @Test
    void linearWithAndWithoutBias() {
        try (Scope _ = Scope.open()) {
            Tensor x = random(2, 5, 33);
            Tensor weight = random(17, 33);
            check(new Linear(), zeros(2, 5, 17), x, weight, random(17));
            check(new Linear(), zeros(2, 5, 17), x, weight);
            check(
                    new Linear(),
                    zeros(5, 2, 17),
                    x.transpose(0, 1),
                    weight,
                    random(17, 2).select(1, 0));
            check(new Linear(), zeros(2, 5, 17), x, random(33, 17).transpose(0, 1));
        }
    }

    @Test
    void convolutionAndItsGradients() {
        try (Scope _ = Scope.open()) {
            Conv1d conv = new Conv1d(3, 4, 1, 1, 2);
            Tensor x = random(2, 6, 31);
            Tensor weight = random(4, 3, 5);
            Tensor g = random(2, 4, 11);
            check(conv, zeros(2, 4, 11), x, weight, random(4));
            check(
                    conv,
                    zeros(2, 4, 11),
                    random(31, 2, 6).permute(1, 2, 0),
                    random(5, 3, 4).permute(2, 1, 0));
            check(new Conv1dGradInput(conv, 31), zeros(2, 6, 31), g, weight);
            check(
                    new Conv1dGradInput(conv, 31),
                    zeros(2, 6, 31),
                    g.select(2, 0).unsqueeze(2).expand(2, 4, 11),
                    weight);
            check(new Conv1dGradWeight(conv, 5), zeros(4, 3, 5), g, x);
        }
    }

    @Test
    void transposedConvolution() {
        try (Scope _ = Scope.open()) {
            Tensor x = random(2, 6, 9);
            Tensor weight = random(6, 2, 7);
            ConvTranspose1d conv = new ConvTranspose1d(3, 1, 2, 1, 2);
            check(conv, zeros(2, 4, 28), x, weight, random(4));
            check(conv, zeros(2, 4, 28), random(2, 9, 6).transpose(1, 2), weight);
        }
    }

    @Test
    void convolutionOfImagesAndItsGradients() {
        try (Scope _ = Scope.open()) {
            Conv2d conv = new Conv2d(1, 2, 2, 1, 2, 1, 2);
            Tensor x = random(2, 4, 7, 13);
            Tensor weight = random(6, 2, 3, 5);
            Tensor g = random(2, 6, 7, 6);
            check(conv, zeros(2, 6, 7, 6), x, weight, random(6));
            check(
                    conv,
                    zeros(2, 6, 7, 6),
                    random(2, 4, 13, 7).transpose(2, 3),
                    random(5, 6, 2, 3).permute(1, 2, 3, 0));
            check(new Conv2dGradInput(conv, 7, 13), zeros(2, 4, 7, 13), g, weight);
            check(new Conv2dGradWeight(conv, 3, 5), zeros(6, 2, 3, 5), g, x);
        }
    }

    private void check(ComputeOp op, Tensor out, Tensor... in) {
        Tensor expected = zeros(out.shape().toArray());
        reference.run(op, in, new Tensor[] {expected});
        fast.run(op, in, new Tensor[] {out});
        for (long i = 0; i < out.size(); i++) {
            float want = expected.segment().getAtIndex(ValueLayout.JAVA_FLOAT, expected.offset() + i);
            float got = out.segment().getAtIndex(ValueLayout.JAVA_FLOAT, out.offset() + i);
            assertThat(got).as("%s, element %d", op, i).isCloseTo(want, org.assertj.core.data.Offset.offset(2e-5f));
        }
    }

    private Tensor random(long... shape) {
        Tensor t = zeros(shape);
        for (long i = 0; i < t.size(); i++) {
            t.segment().setAtIndex(ValueLayout.JAVA_FLOAT, t.offset() + i, random.nextFloat() * 2 - 1);
        }
        return t;
    }

    private static Tensor zeros(long... shape) {
        return Tensor.zeros(DType.F32, shape);
    }
}
