package org.openmoshi.train.mimi;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Watches a run for what goes wrong slowly, and says each trouble once, with what to do; again only when it had passed in
 * between. The criteria, which hold for {@value #PATIENCE} steps in a row before anything is said:
 *
 * <ul>
 *   <li>a codebook collapses: its normalised entropy is below {@value #COLLAPSED} (passed above {@value #RECOVERED}); of
 *       512 codes that is what 7 equally used ones have;
 *   <li>the discriminator wins: its hinge loss, averaged over about 50 steps, is below {@value #WON} of the 2 that chance
 *       gives (passed above {@value #NOT_WON}): it tells all apart, and its gradient says little about how to get better;
 *   <li>the discriminator is lost: that average stays within {@value #LOST} to 2.5: the generator follows a judge that
 *       knows nothing, and its sound gets worse.
 * </ul>
 *
 * <p>It looks at the log only and changes nothing. A resumed run starts to count anew.
 */
final class TrainingHealth {
    private static final int PATIENCE = 200;
    private static final double COLLAPSED = 0.3;
    private static final double RECOVERED = 0.4;
    private static final double WON = 0.2;
    private static final double NOT_WON = 0.4;
    private static final double LOST = 1.97;
    private static final double NOT_LOST = 1.9;
    private static final double SMOOTHING = 0.98;

    private final Map<String, Alarm> alarms = new TreeMap<>();
    private double discriminator = Double.NaN;

    /** One trouble: how long it has lasted, and whether it was said. */
    private static final class Alarm {
        private int steps;
        private boolean raised;

        /** True at the step at which it is to be said. */
        boolean update(boolean bad, boolean good) {
            steps = bad ? steps + 1 : 0;
            if (good) {
                raised = false;
            }
            boolean due = steps >= PATIENCE && !raised;
            raised |= due;
            return due;
        }
    }

    /** The values of a step by their names in the log; returns what there is to say. */
    List<String> step(Map<String, Double> values) {
        List<String> warnings = new ArrayList<>();
        for (int i = 0; values.containsKey("entropy_" + i) || values.containsKey("entropy_" + (i + 1)); i++) {
            codebook(i, values.getOrDefault("entropy_" + i, Double.NaN), warnings);
        }
        Double loss = values.get("discriminator");
        if (loss != null && Double.isFinite(loss)) {
            discriminator = Double.isNaN(discriminator) ? loss : SMOOTHING * discriminator + (1 - SMOOTHING) * loss;
            discriminator(values.containsKey("adversarial") || values.containsKey("feature"), warnings);
        }
        return warnings;
    }

    private void codebook(int book, double entropy, List<String> warnings) {
        if (alarm("codebook " + book).update(entropy < COLLAPSED, entropy > RECOVERED)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "codebook %d has collapsed: its normalised entropy was below %.1f for %d steps and is %.2f. Lower"
                            + " optimizer.learning_rate or losses.commitment, raise quantizer.dead_below so that unused"
                            + " codes are replaced sooner, or take larger batches",
                    book,
                    COLLAPSED,
                    PATIENCE,
                    entropy));
        }
    }

    private void discriminator(boolean judges, List<String> warnings) {
        if (alarm("won").update(discriminator < WON, discriminator > NOT_WON)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the discriminator wins: its loss is %.2f, chance is 2. Lower discriminator.learning_rate or"
                            + " discriminator.filters, or raise losses.feature, whose gradient does not vanish",
                    discriminator));
        }
        boolean lost = judges && discriminator > LOST && discriminator < 2.5;
        if (alarm("lost").update(lost, discriminator < NOT_LOST)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the discriminator cannot tell decoded sound from real: its loss is %.2f, chance is 2, and the"
                            + " generator learns noise from it. Let it learn faster than the generator: raise"
                            + " discriminator.learning_rate to three times optimizer.learning_rate, or lower the latter",
                    discriminator));
        }
    }

    private Alarm alarm(String name) {
        return alarms.computeIfAbsent(name, _ -> new Alarm());
    }

    /** The compact form for the progress line: lowest entropy and largest dead share over the codebooks of the step. */
    static Map<String, Double> summary(Map<String, Double> values) {
        Map<String, Double> summary = new TreeMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith("entropy_")) {
                summary.merge("min_entropy", value, Math::min);
            } else if (name.startsWith("dead_")) {
                summary.merge("max_dead", value, Math::max);
            }
        });
        return summary;
    }
}
