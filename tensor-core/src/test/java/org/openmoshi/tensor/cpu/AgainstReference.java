package org.openmoshi.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Tensor;

/** Runs an operation on the fast backend and on the reference and compares all outputs. */
final class AgainstReference {
    private static final ScalarBackend REFERENCE = new ScalarBackend("cpu");
    private static final VectorBackend FAST = new VectorBackend();

    /** Shapes of three axes with sizes of 1, sizes that are no multiple of a vector, and larger ones. */
    static final long[][] SHAPES = {{1, 1, 1}, {2, 3, 5}, {3, 1, 33}, {1, 40, 16}, {5, 17, 1}, {2, 9, 100}, {4, 70, 67}
    };

    private final Random random;

    AgainstReference(long seed) {
        random = new Random(seed);
    }

    /** Normal random numbers. */
    Tensor random(long... shape) {
        float[] values =
                new float[Math.toIntExact(org.openmoshi.tensor.Shape.of(shape).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(values, shape);
    }

    /** Random integers below a bound. */
    Tensor indices(int bound, long... shape) {
        long[] values =
                new long[Math.toIntExact(org.openmoshi.tensor.Shape.of(shape).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(bound);
        }
        return Tensor.of(values, shape);
    }

    /** Random numbers of the shape [a, b, c] in four layouts: dense, transposed, every second element, broadcast. */
    Tensor[] layouts(long... shape) {
        long a = shape[0];
        long b = shape[1];
        long c = shape[2];
        return new Tensor[] {
            random(a, b, c),
            random(c, b, a).permute(2, 1, 0),
            random(b, a, 2 * c + 1).permute(1, 0, 2).slice(2, 1, 2 * c + 1, 2),
            random(b, 1).expand(a, b, c)
        };
    }

    /** Checks every output: the relative L2 error is at most the tolerance, integers and flags are equal. */
    void check(double tolerance, ComputeOp op, Tensor... in) {
        Tensor[] got = Engine.runAll(op, in);
        Tensor[] expected = new Tensor[got.length];
        for (int i = 0; i < got.length; i++) {
            expected[i] = Tensor.zeros(got[i].dtype(), got[i].shape().toArray());
        }
        FAST.run(op, in, got);
        REFERENCE.run(op, in, expected);
        for (int i = 0; i < got.length; i++) {
            compare(tolerance, op + " output " + i + " of " + in[0].shape(), got[i], expected[i]);
        }
    }

    /** The same for an operation that overwrites its first inputs. */
    void checkInPlace(double tolerance, InPlaceOp op, Tensor... in) {
        Tensor[] fast = in.clone();
        Tensor[] slow = in.clone();
        for (int i = 0; i < op.written(in.length); i++) {
            fast[i] = in[i].copy();
            slow[i] = in[i].copy();
        }
        FAST.run(op, fast, new Tensor[0]);
        REFERENCE.run(op, slow, new Tensor[0]);
        for (int i = 0; i < op.written(in.length); i++) {
            compare(tolerance, op + " input " + i + " of " + in[0].shape(), fast[i], slow[i]);
        }
    }

    private static void compare(double tolerance, String what, Tensor got, Tensor expected) {
        if (got.dtype() == DType.F32) {
            assertThat(relativeError(got.toFloats(), expected.toFloats()))
                    .as(what)
                    .isLessThanOrEqualTo(tolerance);
        } else {
            assertThat(got.toLongs()).as(what).isEqualTo(expected.toLongs());
        }
    }

    static double relativeError(float[] got, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < got.length; i++) {
            if (Float.isNaN(got[i]) && Float.isNaN(expected[i]) || got[i] == expected[i]) {
                continue;
            }
            difference += Math.pow((double) got[i] - expected[i], 2);
            norm += (double) expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.sqrt(difference / Math.max(norm, 1e-12));
    }
}
