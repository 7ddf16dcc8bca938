package org.openmoshi.tensor.cpu.scalar;

import java.util.function.DoubleBinaryOperator;
import org.openmoshi.tensor.InPlaceOp.AdamStep;
import org.openmoshi.tensor.InPlaceOp.AddInto;
import org.openmoshi.tensor.InPlaceOp.Fill;
import org.openmoshi.tensor.InPlaceOp.LerpInto;
import org.openmoshi.tensor.InPlaceOp.ScaleInto;
import org.openmoshi.tensor.InPlaceOp.SgdStep;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Operations that overwrite tensors. */
public final class Updates {
    private Updates() {}

    /** dst = value. */
    public static void fill(Fill op, Operands t) {
        Cells value = t.scratch(t.tensor(0).dtype(), Shape.SCALAR);
        value.set(0, op.value());
        overwrite(t.tensor(0), value, new long[t.shape(0).rank()]); // every stride 0: the one element everywhere
    }

    /** dst = src; a source that overlaps dst is read whole before anything is written. */
    public static void copyInto(Operands t) {
        overwrite(t.tensor(0), t.snapshot(1, t.shape(0)), t.shape(0).contiguousStrides());
    }

    /** dst *= factor. */
    public static void scale(ScaleInto op, Operands t) {
        Cells dst = t.snapshot(0, t.shape(0));
        for (long i = 0; i < dst.size(); i++) {
            dst.set(i, dst.get(i) * op.factor());
        }
        overwrite(t.tensor(0), dst, t.shape(0).contiguousStrides());
    }

    /** dst += factor * src. */
    public static void add(AddInto op, Operands t) {
        combine(t, (dst, src) -> dst + op.factor() * src);
    }

    /** dst += weight * (src - dst). */
    public static void lerp(LerpInto op, Operands t) {
        combine(t, (dst, src) -> dst + op.weight() * (src - dst));
    }

    private static void combine(Operands t, DoubleBinaryOperator function) {
        Cells dst = t.snapshot(0, t.shape(0));
        Cells src = t.in(1);
        for (long i = 0; i < dst.size(); i++) {
            dst.set(i, function.applyAsDouble(dst.get(i), src.get(i)));
        }
        overwrite(t.tensor(0), dst, t.shape(0).contiguousStrides());
    }

    private static void overwrite(Tensor target, Cells values, long... strides) {
        Strided.copy(target.shape(), values, 0, strides, Operands.storage(target), target.offset(), target.strides());
    }

    /** One step of Adam on (n parameters, n m, n v, n gradients, optional scale). */
    public static void adam(AdamStep op, Operands t) {
        int n = t.count() / 4;
        double scale = scale(4 * n, t);
        for (int i = 0; i < n; i++) {
            adam(op, scale, t.in(i), t.in(n + i), t.in(2 * n + i), t.in(3 * n + i));
        }
    }

    /** What an optional last input multiplies gradients by. */
    private static double scale(int index, Operands t) {
        return index < t.count() ? t.in(index).get(0) : 1;
    }

    private static void adam(AdamStep op, double scale, Cells parameter, Cells m, Cells v, Cells gradient) {
        double correction1 = 1 - Math.pow(op.beta1(), op.step());
        double correction2 = 1 - Math.pow(op.beta2(), op.step());
        for (long i = 0; i < parameter.size(); i++) {
            double p = parameter.get(i);
            double g = gradient.get(i) * scale;
            if (op.decoupled()) {
                p *= 1 - op.learningRate() * op.weightDecay();
            } else {
                g += op.weightDecay() * p;
            }
            double first = op.beta1() * m.get(i) + (1 - op.beta1()) * g;
            double second = op.beta2() * v.get(i) + (1 - op.beta2()) * g * g;
            m.set(i, first);
            v.set(i, second);
            double deviation = Math.sqrt(second / correction2) + op.epsilon();
            parameter.set(i, p - op.learningRate() * first / correction1 / deviation);
        }
    }

    /** One step of SGD on (parameter, velocity, gradient, optional scale). */
    public static void sgd(SgdStep op, Operands t) {
        Cells parameter = t.in(0);
        Cells velocity = t.in(1);
        Cells gradient = t.in(2);
        double scale = scale(3, t);
        for (long i = 0; i < parameter.size(); i++) {
            double p = parameter.get(i);
            double g = gradient.get(i) * scale + op.weightDecay() * p;
            double v = op.momentum() * velocity.get(i) + g;
            velocity.set(i, v);
            parameter.set(i, p - op.learningRate() * v);
        }
    }
}
