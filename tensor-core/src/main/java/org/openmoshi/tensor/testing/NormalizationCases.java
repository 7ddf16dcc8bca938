package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.index;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.CrossEntropy;
import org.openmoshi.tensor.ComputeOp.CrossEntropyGrad;
import org.openmoshi.tensor.ComputeOp.GroupNorm;
import org.openmoshi.tensor.ComputeOp.GroupNormGrad;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.ComputeOp.LayerNormGrad;
import org.openmoshi.tensor.ComputeOp.LogSoftmax;
import org.openmoshi.tensor.ComputeOp.LogSoftmaxGrad;
import org.openmoshi.tensor.ComputeOp.RmsNorm;
import org.openmoshi.tensor.ComputeOp.RmsNormGrad;
import org.openmoshi.tensor.ComputeOp.Softmax;
import org.openmoshi.tensor.ComputeOp.SoftmaxGrad;
import org.openmoshi.tensor.ComputeOp.WeightNorm;
import org.openmoshi.tensor.ComputeOp.WeightNormGrad;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Softmax, cross-entropy and the norms. */
final class NormalizationCases {
    // large, so that the gradient of a row of one element is not a difference of nearly equal numbers
    private static final double EPSILON = 0.05;

    private NormalizationCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        softmax(cases);
        crossEntropy(cases, of(4, 7), false);
        crossEntropy(cases, of(4, 7), true);
        crossEntropy(cases, of(5, 9).with(Layout.PERMUTED), true);
        crossEntropy(cases, of(3, 1), false);
        crossEntropy(cases, of(0, 4), true);
        for (OpInput x : List.of(of(4, 7), of(7), of(2, 3, 5).with(Layout.PERMUTED), of(0, 3), of(3, 1), of(5, 67))) {
            rows(cases, x);
        }
        rowsGrad(cases, of(1100, 37)); // more rows than one group of a device adds up
        groupNorm(cases, of(2, 4, 5), 2);
        groupNorm(cases, of(3, 6), 3);
        groupNorm(cases, of(2, 3, 2, 5).with(Layout.PERMUTED), 1);
        groupNorm(cases, of(1, 4, 33), 4);
        groupNorm(cases, of(0, 2, 3), 1);
        for (OpInput v : List.of(of(3, 2, 5), of(4, 3).with(Layout.PERMUTED), of(1, 2), of(5, 67))) {
            long[] lengths = v.shape().toArray();
            java.util.Arrays.fill(lengths, 1, lengths.length, 1);
            cases.add(OpCase.of(new WeightNorm(), v, of(lengths)));
            cases.add(OpCase.of(new WeightNormGrad(), of(v.shape().toArray()), v, of(lengths))
                    .constant());
        }
        return cases;
    }

    private static void softmax(List<OpCase> cases) {
        double largest = Float.MAX_VALUE;
        Values ends = random -> random.nextBoolean() ? largest : -largest;
        for (long n : new long[] {2, 7, 300}) {
            cases.add(OpCase.of(new Softmax(1), of(20, n).with(ends)).constant().named("of the largest numbers"));
            cases.add(OpCase.of(new LogSoftmax(1), of(20, n).with(ends))
                    .constant()
                    .in(DType.F32)
                    .named("of the largest numbers"));
        }
        for (int axis = 0; axis < 3; axis++) {
            int a = axis;
            for (OpInput x : List.of(of(3, 4, 7), of(4, 3, 2).with(Layout.PERMUTED), of(1, 1, 1), of(2, 0, 3))) {
                cases.add(OpCase.of(new Softmax(a), x));
                cases.add(OpCase.of(new LogSoftmax(a), x));
                OpInput g = of(x.shape().toArray());
                cases.add(OpCase.of(new SoftmaxGrad(a), g, x).completed(in ->
                        new Tensor[] {in[0], Engine.run(new Softmax(a), in[1])}));
                cases.add(OpCase.of(new LogSoftmaxGrad(a), g, x).completed(in ->
                        new Tensor[] {in[0], Engine.run(new LogSoftmax(a), in[1])}));
            }
        }
        Values wide = Values.uniform(-200, 200);
        cases.add(OpCase.of(new Softmax(1), of(5, 1031).with(wide)).constant());
        cases.add(OpCase.of(new LogSoftmax(1), of(5, 1031).with(wide)).constant());
    }

    private static void crossEntropy(List<OpCase> cases, OpInput logits, boolean weighted) {
        int classes = logits.shape().intDim(1);
        long rows = logits.shape().dim(0);
        OpInput targets = index(classes, rows).with(Values.integers(-1, classes));
        OpInput weights = of(rows).with(Values.uniform(0.5, 2)).asConstant();
        cases.add(
                weighted
                        ? OpCase.of(new CrossEntropy(), logits, targets, weights)
                        : OpCase.of(new CrossEntropy(), logits, targets));
        OpInput g = of(rows);
        if (weighted) {
            cases.add(OpCase.of(new CrossEntropyGrad(), g, logits, targets, weights)
                    .completed(in ->
                            new Tensor[] {in[0], in[1], in[2], Engine.runAll(new CrossEntropy(), in[1], in[2])[1], in[3]
                            }));
        } else {
            cases.add(OpCase.of(new CrossEntropyGrad(), g, logits, targets).completed(in ->
                    new Tensor[] {in[0], in[1], in[2], Engine.runAll(new CrossEntropy(), in[1], in[2])[1]}));
        }
    }

    private static void rows(List<OpCase> cases, OpInput x) {
        long d = x.shape().dim(-1);
        cases.add(OpCase.of(new LayerNorm(EPSILON), x, of(d), of(d)).within(1e-5));
        cases.add(OpCase.of(new RmsNorm(EPSILON), x, of(d)));
        rowsGrad(cases, x);
    }

    private static void rowsGrad(List<OpCase> cases, OpInput x) {
        long d = x.shape().dim(-1);
        OpInput g = of(x.shape().toArray());
        cases.add(OpCase.of(new LayerNormGrad(), g, x, of(d)).within(1e-5).completed(in -> {
            Tensor[] y = Engine.runAll(new LayerNorm(EPSILON), in[1], in[2], in[2]);
            return new Tensor[] {in[0], in[1], in[2], y[1], y[2]};
        }));
        cases.add(OpCase.of(new RmsNormGrad(), g, x, of(d)).within(1e-5).completed(in ->
                new Tensor[] {in[0], in[1], in[2], Engine.runAll(new RmsNorm(EPSILON), in[1], in[2])[1]}));
    }

    private static void groupNorm(List<OpCase> cases, OpInput x, int groups) {
        long channels = x.shape().dim(1);
        OpInput g = of(x.shape().toArray());
        GroupNorm op = new GroupNorm(groups, EPSILON);
        cases.add(OpCase.of(op, x, of(channels), of(channels)).within(1e-5));
        cases.add(OpCase.of(new GroupNormGrad(groups), g, x, of(channels))
                .within(1e-5)
                .completed(in -> {
                    Tensor[] y = Engine.runAll(op, in[1], in[2], in[2]);
                    return new Tensor[] {in[0], in[1], in[2], y[1], y[2]};
                }));
    }
}
