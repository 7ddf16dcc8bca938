package org.openmoshi.models.golden;

/**
 * The outcome of a golden case.
 *
 * @param worst the quantity that used most of its tolerance
 * @param error its relative L2 error
 * @param tolerance what was allowed for it
 * @param passed whether every quantity stayed within its tolerance
 * @param compared how many quantities were compared
 */
public record GoldenResult(String worst, double error, double tolerance, boolean passed, int compared) {
    /** One line: verdict, worst quantity, its error and tolerance. */
    @Override
    public String toString() {
        return "%s  worst %.2e (tolerance %.0e) in %s, %d compared"
                .formatted(passed ? "pass" : "FAIL", error, tolerance, worst, compared);
    }
}
