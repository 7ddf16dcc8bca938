package org.openmoshi.tensor.cpu.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;

class ErfTest {
    private static final MathContext PRECISE = new MathContext(60);
    private static final BigDecimal PI =
            new BigDecimal("3.14159265358979323846264338327950288419716939937510582097494459");
    private static final double TOLERANCE = 1e-15;

    /** 2 / sqrt(pi) sum (-1)^n x^(2n+1) / (n! (2n+1)) in 60 digits. */
    private static BigDecimal exact(double x) {
        BigDecimal square = new BigDecimal(x).pow(2);
        BigDecimal power = new BigDecimal(x);
        BigDecimal sum = power;
        for (int n = 1; n < 400; n++) {
            power = power.multiply(square).negate().divide(BigDecimal.valueOf(n), PRECISE);
            sum = sum.add(power.divide(BigDecimal.valueOf(2L * n + 1), PRECISE), PRECISE);
        }
        return sum.multiply(BigDecimal.TWO).divide(PI.sqrt(PRECISE), PRECISE);
    }

    @Test
    void erfIsExactToTheLastDigits() {
        for (double x = -6; x <= 6; x += 0.0371) {
            double expected = exact(x).doubleValue();
            assertThat(Erf.erf(x) / expected - 1).as("erf(%s)", x).isBetween(-TOLERANCE, TOLERANCE);
        }
    }

    @Test
    void erfcKeepsItsDigitsInTheTail() {
        for (double x = -3; x <= 7; x += 0.0371) {
            double expected = BigDecimal.ONE.subtract(exact(x)).doubleValue();
            assertThat(Erf.erfc(x) / expected - 1).as("erfc(%s)", x).isBetween(-2 * TOLERANCE, 2 * TOLERANCE);
        }
    }

    @Test
    void theEndsAreWhatTheyMustBe() {
        assertThat(Erf.erf(0)).isZero();
        assertThat(Erf.erf(Double.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(Erf.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(Erf.erfc(30)).isZero();
        assertThat(Erf.erf(Double.NaN)).isNaN();
        assertThat(Erf.erf(1e-300)).isCloseTo(1e-300 * 2 / Math.sqrt(Math.PI), withinPercentage(1e-12));
        assertThat(Erf.normalCdf(0)).isEqualTo(0.5);
        assertThat(Erf.normalCdf(1.959963984540054)).isCloseTo(0.975, withinPercentage(1e-12));
    }
}
