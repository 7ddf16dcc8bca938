package org.openmoshi.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void constantWarmsUpLinearly() {
        Schedule schedule = new Schedule.Constant(4);
        assertThat(schedule.factor(0)).isEqualTo(0.25);
        assertThat(schedule.factor(3)).isEqualTo(1);
        assertThat(schedule.factor(1000)).isEqualTo(1);
        assertThat(new Schedule.Constant(0).factor(0)).isEqualTo(1);
        assertThat(schedule.momentum(2)).isNaN();
    }

    @Test
    void cosineEndsAtItsFinalFactor() {
        Schedule schedule = new Schedule.CosineWithWarmup(10, 110, 0.1);
        assertThat(schedule.factor(4)).isEqualTo(0.5);
        assertThat(schedule.factor(10)).isEqualTo(1);
        assertThat(schedule.factor(60)).isCloseTo(0.55, within(1e-12));
        assertThat(schedule.factor(110)).isCloseTo(0.1, within(1e-12));
        assertThat(schedule.factor(500)).isCloseTo(0.1, within(1e-12));
    }

    @Test
    void oneCycleRisesAndFallsWhileMomentumDoesTheOpposite() {
        Schedule schedule = Schedule.OneCycle.of(100);
        assertThat(schedule.factor(0)).isCloseTo(1 / 25.0, within(1e-12));
        assertThat(schedule.factor(29)).isCloseTo(1, within(1e-12));
        assertThat(schedule.factor(99)).isCloseTo(1 / 25.0e4, within(1e-12));
        assertThat(schedule.momentum(0)).isCloseTo(0.95, within(1e-12));
        assertThat(schedule.momentum(29)).isCloseTo(0.85, within(1e-12));
        assertThat(schedule.momentum(99)).isCloseTo(0.95, within(1e-12));
    }

    @Test
    void exponentialMultipliesPerStep() {
        assertThat(new Schedule.Exponential(0.9).factor(3)).isCloseTo(0.729, within(1e-12));
    }
}
