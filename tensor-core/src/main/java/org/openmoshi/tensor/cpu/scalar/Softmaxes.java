package org.openmoshi.tensor.cpu.scalar;

/** Softmax and its logarithm along an axis, with the largest element subtracted first. */
public final class Softmaxes {
    private Softmaxes() {}

    /** y = e^x / sum(e^x). */
    public static void softmax(int axis, Operands t) {
        Lines lines = new Lines(t.out(0).shape(), axis);
        Cells x = t.in(0);
        Cells y = t.out(0);
        for (long line = 0; line < lines.count(); line++) {
            LogSum all = LogSum.of(x, lines, line);
            for (long j = 0; j < lines.length(); j++) {
                y.set(lines.at(line, j), Math.exp(x.get(lines.at(line, j)) - all.largest) / all.sum);
            }
        }
    }

    /** y = x - ln sum(e^x). */
    public static void logSoftmax(int axis, Operands t) {
        Lines lines = new Lines(t.out(0).shape(), axis);
        Cells x = t.in(0);
        Cells y = t.out(0);
        for (long line = 0; line < lines.count(); line++) {
            LogSum all = LogSum.of(x, lines, line);
            for (long j = 0; j < lines.length(); j++) {
                y.set(lines.at(line, j), x.get(lines.at(line, j)) - all.largest - Math.log(all.sum));
            }
        }
    }

    /** (g, y) -> y (g - sum(g y)). */
    public static void softmaxGradient(int axis, Operands t) {
        Lines lines = new Lines(t.out(0).shape(), axis);
        Cells g = t.in(0);
        Cells y = t.in(1);
        Cells dx = t.out(0);
        for (long line = 0; line < lines.count(); line++) {
            double dot = 0;
            for (long j = 0; j < lines.length(); j++) {
                dot += g.get(lines.at(line, j)) * y.get(lines.at(line, j));
            }
            for (long j = 0; j < lines.length(); j++) {
                long at = lines.at(line, j);
                dx.set(at, y.get(at) * (g.get(at) - dot));
            }
        }
    }

    /** (g, y) -> g - e^y sum(g). */
    public static void logSoftmaxGradient(int axis, Operands t) {
        Lines lines = new Lines(t.out(0).shape(), axis);
        Cells g = t.in(0);
        Cells y = t.in(1);
        Cells dx = t.out(0);
        for (long line = 0; line < lines.count(); line++) {
            double sum = 0;
            for (long j = 0; j < lines.length(); j++) {
                sum += g.get(lines.at(line, j));
            }
            for (long j = 0; j < lines.length(); j++) {
                long at = lines.at(line, j);
                dx.set(at, g.get(at) - Math.exp(y.get(at)) * sum);
            }
        }
    }

    /** ln of the sum of e^x over a line. */
    static double logSumExp(Cells x, Lines lines, long line) {
        LogSum all = LogSum.of(x, lines, line);
        return all.largest + Math.log(all.sum);
    }

    /** The largest element of a line and the sum of e^(x - largest); beside numbers of 1e38 their ln would be lost. */
    private record LogSum(double largest, double sum) {
        static LogSum of(Cells x, Lines lines, long line) {
            double largest = Double.NEGATIVE_INFINITY;
            for (long j = 0; j < lines.length(); j++) {
                largest = Math.max(largest, x.get(lines.at(line, j)));
            }
            double sum = 0;
            for (long j = 0; j < lines.length(); j++) {
                sum += Math.exp(x.get(lines.at(line, j)) - largest);
            }
            return new LogSum(largest, sum);
        }
    }
}
