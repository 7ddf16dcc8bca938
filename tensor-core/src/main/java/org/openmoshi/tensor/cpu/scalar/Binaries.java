package org.openmoshi.tensor.cpu.scalar;

import org.openmoshi.tensor.ComputeOp.Binary;
import org.openmoshi.tensor.ComputeOp.BinaryKind;
import org.openmoshi.tensor.ComputeOp.Compare;
import org.openmoshi.tensor.ComputeOp.Relation;

/** Elementwise arithmetic, comparison and choice of broadcast tensors. */
public final class Binaries {
    private Binaries() {}

    /** out = a op b. */
    public static void binary(Binary op, Operands t) {
        Cells out = t.out(0);
        Cells a = t.in(0, out.shape());
        Cells b = t.in(1, out.shape());
        for (long i = 0; i < out.size(); i++) {
            if (out.isIntegral()) {
                out.setLong(i, value(op.kind(), a.getLong(i), b.getLong(i)));
            } else {
                out.set(i, value(op.kind(), a.get(i), b.get(i)));
            }
        }
    }

    private static double value(BinaryKind kind, double a, double b) {
        return switch (kind) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> Math.pow(a, b);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    private static long value(BinaryKind kind, long a, long b) {
        return switch (kind) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> {
                if (b == 0) {
                    throw new ArithmeticException("div: integer division of " + a + " by zero");
                }
                yield a / b;
            }
            case POW -> power(a, b);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    private static long power(long base, long exponent) {
        if (exponent < 0) {
            throw new ArithmeticException("pow: " + base + " to the negative power " + exponent + " is no integer");
        }
        long result = 1;
        for (long square = base, e = exponent; e > 0; e >>= 1, square *= square) {
            if ((e & 1) == 1) {
                result *= square;
            }
        }
        return result;
    }

    /** out = whether a relates to b; a NaN is unequal to everything and neither less nor greater. */
    public static void compare(Compare op, Operands t) {
        Cells out = t.out(0);
        Cells a = t.in(0, out.shape());
        Cells b = t.in(1, out.shape());
        for (long i = 0; i < out.size(); i++) {
            boolean holds = a.isIntegral()
                    ? holds(op.relation(), Long.compare(a.getLong(i), b.getLong(i)), 0)
                    : holds(op.relation(), a.get(i), b.get(i));
            out.setLong(i, holds ? 1 : 0);
        }
    }

    private static boolean holds(Relation relation, double a, double b) {
        return switch (relation) {
            case EQ -> a == b;
            case NE -> a != b;
            case LT -> a < b;
            case LE -> a <= b;
            case GT -> a > b;
            case GE -> a >= b;
        };
    }

    /** out = condition ? a : b. */
    public static void where(Operands t) {
        Cells out = t.out(0);
        Cells condition = t.in(0, out.shape());
        Cells a = t.in(1, out.shape());
        Cells b = t.in(2, out.shape());
        for (long i = 0; i < out.size(); i++) {
            out.copy(i, condition.getLong(i) != 0 ? a : b, i);
        }
    }
}
