package org.openmoshi.tensor.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openmoshi.tensor.Op;

/**
 * Every operation with shapes that matter: odd, strided, broadcast, of size 1 and empty. One list drives the comparison
 * of every backend with the reference and the gradient check; an operation without a case fails a test.
 */
public final class OpCases {
    private OpCases() {}

    /** The types of all operations, which must all have cases: the records below {@link Op}. */
    public static Set<Class<?>> operations() {
        return below(Op.class).filter(Class::isRecord).collect(Collectors.toSet());
    }

    private static Stream<Class<?>> below(Class<?> type) {
        return type.isSealed() ? Stream.of(type.getPermittedSubclasses()).flatMap(OpCases::below) : Stream.of(type);
    }

    /** All cases. */
    public static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        cases.addAll(ElementwiseCases.all());
        cases.addAll(ReductionCases.all());
        cases.addAll(MovementCases.all());
        cases.addAll(ProductCases.all());
        cases.addAll(ConvolutionCases.all());
        cases.addAll(NormalizationCases.all());
        cases.addAll(AttentionCases.all());
        cases.addAll(StreamCases.all());
        cases.addAll(SpectralCases.all());
        cases.addAll(UpdateCases.all());
        cases.addAll(LongCases.all());
        return cases;
    }
}
