package org.openmoshi.autograd.optim;

/** A learning rate over steps, as a factor of each group's own rate; steps count from 0. */
public sealed interface Schedule {
    /** Factor of the learning rate at a step. */
    double factor(long step);

    /** Momentum (Adam's beta1) at a step, or NaN where the schedule leaves it alone. */
    default double momentum(long step) {
        return Double.NaN;
    }

    /** Always the group's own rate, after a linear warm-up of the given number of steps (0 for none). */
    record Constant(long warmup) implements Schedule {
        @Override
        public double factor(long step) {
            return step < warmup ? (step + 1.0) / warmup : 1;
        }
    }

    /** Linear warm-up, then half a cosine down to {@code finalFactor} at {@code total} steps. */
    record CosineWithWarmup(long warmup, long total, double finalFactor) implements Schedule {
        @Override
        public double factor(long step) {
            if (step < warmup) {
                return (step + 1.0) / warmup;
            }
            double progress = Math.min(1, (step - warmup) / (double) Math.max(1, total - warmup));
            return finalFactor + (1 - finalFactor) * (1 + Math.cos(Math.PI * progress)) / 2;
        }
    }

    /** gamma^step. */
    record Exponential(double gamma) implements Schedule {
        @Override
        public double factor(long step) {
            return Math.pow(gamma, step);
        }
    }

    /**
     * One cycle (Smith and Topin 2018), in two cosine phases: the rate rises from 1 / divFactor to 1 over the first
     * {@code riseShare} of the steps and falls to 1 / (divFactor finalDivFactor); the momentum goes the other way.
     */
    record OneCycle(
            long total,
            double riseShare,
            double divFactor,
            double finalDivFactor,
            double minMomentum,
            double maxMomentum)
            implements Schedule {
        /** The usual settings: rise over 30% of the steps, factors 25 and 10^4, momentum 0.95 to 0.85. */
        public static OneCycle of(long total) {
            return new OneCycle(total, 0.3, 25, 1e4, 0.85, 0.95);
        }

        @Override
        public double factor(long step) {
            return between(step, 1 / divFactor, 1, 1 / (divFactor * finalDivFactor));
        }

        @Override
        public double momentum(long step) {
            return between(step, maxMomentum, minMomentum, maxMomentum);
        }

        private double between(long step, double start, double middle, double end) {
            double peak = riseShare * total - 1;
            double last = total - 1;
            double at = Math.min(step, last);
            return at <= peak ? cosine(start, middle, at / peak) : cosine(middle, end, (at - peak) / (last - peak));
        }

        private static double cosine(double from, double to, double progress) {
            return to + (from - to) / 2 * (1 + Math.cos(Math.PI * progress));
        }
    }
}
