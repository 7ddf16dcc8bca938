package org.openmoshi.tensor.testing;

import static org.openmoshi.tensor.testing.OpInput.index;
import static org.openmoshi.tensor.testing.OpInput.of;

import java.util.List;
import java.util.stream.Stream;
import org.openmoshi.tensor.ComputeOp.Arange;
import org.openmoshi.tensor.ComputeOp.ArgReduce;
import org.openmoshi.tensor.ComputeOp.Compare;
import org.openmoshi.tensor.ComputeOp.CrossEntropy;
import org.openmoshi.tensor.ComputeOp.CrossEntropyGrad;
import org.openmoshi.tensor.ComputeOp.CumulativeSum;
import org.openmoshi.tensor.ComputeOp.Distribution;
import org.openmoshi.tensor.ComputeOp.Gather;
import org.openmoshi.tensor.ComputeOp.IndexAdd;
import org.openmoshi.tensor.ComputeOp.LayerNorm;
import org.openmoshi.tensor.ComputeOp.LogSoftmaxGrad;
import org.openmoshi.tensor.ComputeOp.NearestCode;
import org.openmoshi.tensor.ComputeOp.OneHot;
import org.openmoshi.tensor.ComputeOp.PadGrad;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.ComputeOp.Relation;
import org.openmoshi.tensor.ComputeOp.RingAttention;
import org.openmoshi.tensor.ComputeOp.RmsNorm;
import org.openmoshi.tensor.ComputeOp.Rope;
import org.openmoshi.tensor.ComputeOp.ScatterAdd;
import org.openmoshi.tensor.ComputeOp.SoftmaxGrad;
import org.openmoshi.tensor.ComputeOp.WeightNorm;
import org.openmoshi.tensor.ComputeOp.WeightNormGrad;
import org.openmoshi.tensor.ComputeOp.Where;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.InPlaceOp.CodebookEma;
import org.openmoshi.tensor.InPlaceOp.RingWrite;
import org.openmoshi.tensor.Shape;

/** Work for several groups of a device where the other cases of an operation fill one. */
final class LongCases {
    private LongCases() {}

    static List<OpCase> all() {
        return Stream.concat(
                        Stream.of(Relation.values())
                                .map(relation -> OpCase.of(new Compare(relation), of(1031), of(1031))),
                        Stream.concat(
                                Stream.of(Distribution.values())
                                        .map(d -> OpCase.of(new Random(d, DType.F32, Shape.of(5003), 3, 1, 0, 1))),
                                others()))
                .map(opCase -> opCase.constant().in(DType.F32).named("long"))
                .toList();
    }

    private static Stream<OpCase> others() {
        OpInput rows = of(70, 33);
        return Stream.of(
                OpCase.of(new Arange(DType.F32, 1031, -7, 0.25)),
                OpCase.of(new Where(), OpInput.condition(1031), of(1031), of(1031)),
                OpCase.of(new ArgReduce(true, 1), rows),
                OpCase.of(new CumulativeSum(0, false), of(33, 200)),
                OpCase.of(new CumulativeSum(1, false), rows),
                OpCase.of(new Gather(0), of(50, 7), index(50, 150, 7)),
                OpCase.of(new ScatterAdd(0, 210), of(60, 5), index(210, 60, 5)),
                OpCase.of(new IndexAdd(0, 210), of(900, 5), index(210, 900)),
                OpCase.of(new OneHot(4, DType.F32), index(4, 260)),
                OpCase.of(new PadGrad(PadMode.REFLECT, 1, 20, 30), of(3, 400)),
                OpCase.of(new PadGrad(PadMode.REPLICATE, 1, 20, 30), of(3, 400)),
                OpCase.of(new SoftmaxGrad(1), rows, rows.with(Values.uniform(0, 0.05))),
                OpCase.of(new LogSoftmaxGrad(1), rows, rows.with(Values.uniform(-5, -3))),
                OpCase.of(new CrossEntropy(), rows, index(33, 70)),
                OpCase.of(new CrossEntropyGrad(), of(70), rows, index(33, 70), of(70).with(Values.uniform(3, 5))),
                OpCase.of(new LayerNorm(1e-5), rows, of(33), of(33)).within(1e-5),
                OpCase.of(new RmsNorm(1e-5), rows, of(33)),
                OpCase.of(new WeightNorm(), rows, of(70, 1)),
                OpCase.of(new WeightNormGrad(), rows, rows, of(70, 1)),
                OpCase.of(new Rope(10000, 7, false), of(1, 2, 150, 8)).within(1e-5),
                OpCase.of(new RingWrite(), of(3, 2, 70, 5), of(3, 2, 60, 5), index(100, 3)),
                OpCase.of(
                        new RingAttention(70, 0.5), of(3, 2, 60, 5), of(3, 2, 130, 5), of(3, 2, 130, 5), index(100, 3)),
                OpCase.of(new NearestCode(), of(800, 3), of(5, 3)),
                OpCase.of(new CodebookEma(0.9), of(40, 33), of(40), of(900, 33), index(40, 900)));
    }
}
