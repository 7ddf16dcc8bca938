package org.openmoshi.train.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.regex.Pattern;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpRunner;

/** Every operation in all its cases and types against the scalar reference. */
public final class OperationCheck {
    /** What one operation did: its runs, and the largest relative L2 errors in float32 and float64. */
    static final class Outcome {
        int runs;
        double float32Error;
        double float64Error;
        final List<String> failures = new ArrayList<>();
    }

    private final Map<String, Outcome> outcomes = new TreeMap<>();

    /** Runs the cases of operations whose name contains a match; {@code progress} is told the share that is done. */
    public static OperationCheck run(Backend backend, Pattern filter, DoubleConsumer progress) {
        List<OpCase> cases = OpCases.all().stream()
                .filter(opCase -> filter.matcher(name(opCase)).find())
                .toList();
        return run(backend, cases, progress);
    }

    private static String name(OpCase opCase) {
        return opCase.op().getClass().getSimpleName();
    }

    static OperationCheck run(Backend backend, List<OpCase> cases, DoubleConsumer progress) {
        OperationCheck check = new OperationCheck();
        for (int i = 0; i < cases.size(); i++) {
            for (DType dtype : cases.get(i).dtypes()) {
                check.run(cases.get(i), backend, dtype);
            }
            progress.accept((i + 1.0) / cases.size());
        }
        return check;
    }

    private void run(OpCase opCase, Backend backend, DType dtype) {
        Outcome outcome = outcomes.computeIfAbsent(name(opCase), _ -> new Outcome());
        outcome.runs++;
        try {
            double error = OpRunner.verify(opCase, backend, dtype);
            if (dtype == DType.F32) {
                outcome.float32Error = Math.max(outcome.float32Error, error);
            } else if (dtype == DType.F64) {
                outcome.float64Error = Math.max(outcome.float64Error, error);
            }
        } catch (RuntimeException | AssertionError e) {
            outcome.failures.add(dtype + " " + e);
        }
    }

    /** By the operation's name. */
    Map<String, Outcome> outcomes() {
        return outcomes;
    }

    /** Cases that failed. */
    public int failed() {
        return outcomes.values().stream().mapToInt(o -> o.failures.size()).sum();
    }

    /** Cases that ran. */
    public int runs() {
        return outcomes.values().stream().mapToInt(o -> o.runs).sum();
    }
}
