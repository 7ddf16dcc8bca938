package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class TrainingHealthTest {
    private final TrainingHealth health = new TrainingHealth();

    /** The steps at which something is said, with what. */
    private Map<Integer, String> warnings(int steps, IntFunction<Map<String, Double>> values) {
        Map<Integer, String> said = new TreeMap<>();
        for (int step = 1; step <= steps; step++) {
            List<String> warnings = health.step(values.apply(step));
            if (!warnings.isEmpty()) {
                said.put(step, String.join("\n", warnings));
            }
        }
        return said;
    }

    @Test
    void aHealthyRunIsQuiet() {
        assertThat(warnings(
                        1000,
                        step -> Map.of("entropy_0", 0.7, "entropy_1", 0.5, "discriminator", 1.6, "adversarial", 0.3)))
                .isEmpty();
    }

    @Test
    void aCollapsedCodebookIsNamedOnce() {
        Map<Integer, String> said =
                warnings(1000, step -> Map.of("entropy_0", 0.9, "entropy_1", step < 100 ? 0.9 : 0.1));
        assertThat(said).containsOnlyKeys(299);
        assertThat(said.get(299)).contains("codebook 1 has collapsed", "0.10", "quantizer.dead_below");
    }

    @Test
    void aCollapseThatPassesDoesNotCount() {
        assertThat(warnings(1000, step -> Map.of("entropy_0", step % 150 == 0 ? 0.35 : 0.1)))
                .isEmpty();
    }

    @Test
    void itIsSaidAgainAfterARecovery() {
        assertThat(warnings(900, step -> Map.of("entropy_0", step == 400 ? 0.5 : 0.1)))
                .containsOnlyKeys(200, 600);
    }

    @Test
    void stepsWithoutACodebookDoNotCount() {
        List<Integer> books = new ArrayList<>();
        warnings(250, step -> step % 2 == 0 ? Map.of("entropy_0", 0.9) : Map.of("entropy_0", 0.9, "entropy_1", 0.1))
                .forEach((step, text) -> books.add(step));
        assertThat(books).isEmpty(); // 125 steps used it
    }

    @Test
    void aDiscriminatorThatWinsIsReported() {
        Map<Integer, String> said = warnings(600, step -> Map.of("discriminator", step < 100 ? 1.5 : 0.05));
        assertThat(said).hasSize(1);
        assertThat(said.values().iterator().next()).contains("the discriminator wins", "discriminator.learning_rate");
        assertThat(said.keySet().iterator().next()).isBetween(300, 420);
    }

    @Test
    void aDiscriminatorThatKnowsNothingIsReportedOnceItJudges() {
        assertThat(warnings(500, step -> Map.of("discriminator", 2.0))).isEmpty();
        Map<Integer, String> said = warnings(500, step -> Map.of("discriminator", 2.0, "adversarial", 0.0));
        assertThat(said).containsOnlyKeys(200);
        assertThat(said.get(200)).contains("cannot tell", "discriminator.learning_rate");
    }

    @Test
    void theSummaryNamesTheWorst() {
        assertThat(TrainingHealth.summary(
                        Map.of("entropy_0", 0.8, "entropy_1", 0.6, "dead_0", 0.0, "dead_1", 0.25, "replaced_1", 0.5)))
                .isEqualTo(Map.of("min_entropy", 0.6, "max_dead", 0.25));
    }
}
