package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.index;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.NearestCode;
import org.openmoshi.tensor.ComputeOp.ResidualCodes;
import org.openmoshi.tensor.ComputeOp.Rope;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Tensor;

/** Rotary positions, attention, nearest codes. */
final class AttentionCases {
    private AttentionCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (boolean inverse : new boolean[] {false, true}) {
            for (OpInput x :
                    List.of(of(2, 3, 5, 8), of(3, 2, 4, 6).with(Layout.PERMUTED), of(1, 1, 1, 2), of(1, 2, 0, 4))) {
                cases.add(OpCase.of(new Rope(10000, 0, inverse), x));
                cases.add(OpCase.of(new Rope(100, 1000, inverse), x).within(1e-5));
            }
            cases.add(OpCase.of(new Rope(10000, 7, inverse), of(1, 2, 5, 64))
                    .within(1e-5)
                    .constant());
        }
        for (boolean causal : new boolean[] {true, false}) {
            attention(cases, new Attention(causal, 0, 0.4), of(2, 2, 5, 4), of(2, 2, 5, 4));
            attention(cases, new Attention(causal, 0, 1), of(1, 1, 3, 2), of(1, 1, 7, 2));
            attention(cases, new Attention(causal, 0, 0.5), of(2, 1, 4, 6).with(Layout.PERMUTED), of(2, 1, 4, 6));
            attention(cases, new Attention(causal, 0, 0.5), of(1, 1, 1, 1), of(1, 1, 1, 1));
            attention(cases, new Attention(causal, 0, 0.5), of(1, 2, 0, 3), of(1, 2, 2, 3));
            attention(cases, new Attention(causal, 0, 0.125), of(1, 2, 67, 64), of(1, 2, 131, 64));
        }
        attention(cases, new Attention(true, 3, 0.4), of(1, 2, 8, 4), of(1, 2, 8, 4));
        attention(cases, new Attention(true, 4, 0.4), of(1, 2, 3, 4), of(1, 2, 9, 4));
        attention(cases, new Attention(true, 2, 0.4), of(1, 1, 5, 4), of(1, 1, 5, 4));
        // alone, a key has weight 1 whatever its score: no gradient but that of the value
        cases.add(OpCase.of(new Attention(true, 1, 0.4), of(1, 1, 5, 4), of(1, 1, 5, 4), of(1, 1, 5, 4)));
        attention(cases, new Attention(true, 50, 0.18), of(1, 2, 130, 32), of(1, 2, 130, 32));
        // heads as wide as two blocks of columns, and wider
        attention(cases, new Attention(true, 0, 0.1), of(1, 2, 70, 97), of(1, 2, 70, 97));
        attention(cases, new Attention(true, 30, 0.08), of(1, 1, 65, 136), of(1, 1, 140, 136));
        bfloat16(cases, new Attention(true, 0, 0.4), of(2, 2, 5, 4), of(2, 2, 5, 4));
        bfloat16(cases, new Attention(false, 0, 0.4), of(1, 2, 0, 4), of(1, 2, 3, 4));
        bfloat16(cases, new Attention(false, 0, 0.125), of(1, 2, 67, 64), of(1, 2, 131, 64));
        bfloat16(cases, new Attention(true, 50, 0.18), of(1, 2, 130, 32).with(Layout.PERMUTED), of(1, 2, 130, 32));
        bfloat16(cases, new Attention(true, 4, 0.3), of(1, 1, 3, 9), of(1, 1, 70, 9));
        bfloat16(cases, new Attention(true, 0, 0.1), of(1, 2, 70, 97), of(1, 2, 70, 97));
        bfloat16(cases, new Attention(true, 30, 0.08), of(1, 1, 65, 136), of(1, 1, 140, 136));
        for (boolean inverse : new boolean[] {false, true}) {
            cases.add(OpCase.of(new Rope(100, 3, inverse), of(3, 2, 4, 6), index(200, 3))
                    .within(1e-5));
            cases.add(OpCase.of(new Rope(100, 0, inverse), of(2, 3, 70, 8).with(Layout.PERMUTED), index(100, 2))
                    .within(1e-5)
                    .constant());
        }
        // far fewer vectors than would bring two codes within rounding of each other
        cases.add(OpCase.of(new NearestCode(), of(9, 4), of(5, 4)).constant());
        cases.add(OpCase.of(new NearestCode(), of(6, 7).with(Layout.PERMUTED), of(5, 7).with(Layout.SLICED))
                .constant());
        cases.add(OpCase.of(new NearestCode(), of(0, 4), of(5, 4)).constant());
        cases.add(OpCase.of(new NearestCode(), of(3, 4), of(1, 4)).constant());
        cases.add(OpCase.of(new NearestCode(), of(37, 67), of(131, 67)).constant());
        cases.add(OpCase.of(
                        new NearestCode(),
                        of(50, 2).with(Values.integers(-2, 3)),
                        of(40, 2).with(Values.integers(-1, 2)))
                .constant()
                .named("ties"));
        residualCodes(cases, of(9, 4), of(3, 5, 4));
        residualCodes(cases, of(6, 7).with(Layout.PERMUTED), of(2, 5, 7).with(Layout.SLICED));
        residualCodes(cases, of(5, 1).with(Layout.SLICED), of(2, 3, 1).with(Layout.PERMUTED));
        residualCodes(cases, of(0, 4), of(2, 5, 4));
        residualCodes(cases, of(3, 4), of(0, 5, 4));
        residualCodes(cases, of(1, 4), of(1, 1, 4));
        residualCodes(cases, of(4, 67), of(3, 131, 67));
        residualCodes(cases, of(3, 2).with(Values.integers(-2, 3)), of(3, 40, 2).with(Values.integers(-1, 2)));
        residualCodes(cases, of(37, 67), of(4, 131, 67));
        residualCodes(
                cases, of(50, 2).with(Values.integers(-2, 3)), of(3, 40, 2).with(Values.integers(-1, 2)));
        return cases;
    }

    private static void residualCodes(List<OpCase> cases, OpInput x, OpInput codebooks) {
        cases.add(OpCase.of(new ResidualCodes(), x, codebooks).constant());
    }

    private static void attention(List<OpCase> cases, Attention op, OpInput q, OpInput k) {
        OpInput v = of(k.shape().toArray());
        OpCase forward = OpCase.of(op, q, k, v);
        cases.add(q.shape().size() > 500 ? forward.constant() : forward);
        cases.add(gradient(op, q, k, v).within(1e-5));
    }

    /** Weights and their gradients may be rounded to bfloat16 on the way. */
    private static void bfloat16(List<OpCase> cases, Attention op, OpInput q, OpInput k) {
        OpInput v = of(k.shape().toArray());
        cases.add(OpCase.of(op, q, k, v).in(DType.BF16).within(4e-3).constant());
        cases.add(gradient(op, q, k, v).in(DType.BF16).within(1e-2));
    }

    private static OpCase gradient(Attention op, OpInput q, OpInput k, OpInput v) {
        AttentionGrad gradient = new AttentionGrad(op.causal(), op.context(), op.scale());
        return OpCase.of(gradient, of(q.shape().toArray()), q, k, v).completed(in -> {
            Tensor[] out = Engine.runAll(op, in[1], in[2], in[3]);
            return new Tensor[] {in[0], in[1], in[2], in[3], out[0], out[1]};
        });
    }
}
