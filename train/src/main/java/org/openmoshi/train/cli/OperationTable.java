package org.openmoshi.train.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp.Arange;
import org.openmoshi.tensor.ComputeOp.Full;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.ViewOp;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpRunner;
import org.openmoshi.train.report.TextTable;

/**
 * What computes each operation on each backend and in which types. The table is not declared but seen: every case of the
 * operation suite is run, and each backend says of each run what executed it.
 */
final class OperationTable {
    private OperationTable() {}

    /** Writes a line per operation with a column per backend. */
    static void write(PrintWriter out, List<Backend> backends) {
        Map<String, List<OpCase>> operations = new LinkedHashMap<>();
        for (OpCase opCase : OpCases.all()) {
            if (!(opCase.op() instanceof ViewOp)) {
                operations
                        .computeIfAbsent(name(opCase.op()), _ -> new ArrayList<>())
                        .add(opCase);
            }
        }
        TextTable table = new TextTable(
                        Stream.concat(Stream.of("operation"), backends.stream().map(Backend::name))
                                .toArray(String[]::new))
                .flushLeft();
        operations.forEach((operation, cases) ->
                table.row(Stream.concat(Stream.of(operation), backends.stream().map(backend -> cell(backend, cases)))
                        .toArray(String[]::new)));
        out.print(table);
        out.println();
        out.println("kernel: written for the backend, vectorised and in parallel or on the device");
        out.println("library: of the device's maker, for operands that it takes as they lie");
        out.println("loops:  the reference's plain loops in double precision, one thread");
        out.println("A or B: as sizes, strides and the other inputs' types ask for; none: not on this backend");
    }

    private static String name(Op op) {
        String type = op.getClass().getSimpleName();
        return op.label().equals(type) ? type : type + ' ' + op.label();
    }

    /** Such as {@code kernel F32, loops F64}; without types where all of them have the same. */
    private static String cell(Backend backend, List<OpCase> cases) {
        Map<DType, Set<String>> seen = new EnumMap<>(DType.class);
        for (OpCase opCase : cases) {
            for (DType dtype : opCase.dtypes()) {
                seen.computeIfAbsent(type(opCase.op(), dtype), _ -> new TreeSet<>())
                        .add(execution(backend, opCase, dtype));
            }
        }
        Map<String, List<DType>> types = new TreeMap<>();
        seen.forEach((dtype, words) -> types.computeIfAbsent(String.join(" or ", words), _ -> new ArrayList<>())
                .add(dtype));
        if (types.size() == 1) {
            return types.keySet().iterator().next();
        }
        return types.entrySet().stream()
                .map(entry -> entry.getKey()
                        + ' '
                        + entry.getValue().stream().map(Enum::name).collect(Collectors.joining(" ")))
                .collect(Collectors.joining(", "));
    }

    /** The type of a run: operations that create tensors bring their own. */
    private static DType type(Op op, DType caseType) {
        return switch (op) {
            case Full o -> o.dtype();
            case Arange o -> o.dtype();
            case Random o -> o.dtype();
            default -> caseType;
        };
    }

    private static String execution(Backend backend, OpCase opCase, DType dtype) {
        try {
            return OpRunner.execution(opCase, backend, dtype).name().toLowerCase(Locale.ROOT);
        } catch (UnsupportedOperationException e) {
            return "none";
        }
    }
}
