package org.openmoshi.tensor.testing;

import java.util.ArrayList;
import java.util.List;

/**
 * Every operation with shapes that matter: odd, strided, broadcast, of size 1 and empty. One list drives the comparison
 * of every backend with the reference and the gradient check; an operation without a case fails a test.
 */
public final class OpCases {
    private OpCases() {}

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
        cases.addAll(SpectralCases.all());
        cases.addAll(UpdateCases.all());
        cases.addAll(LongCases.all());
        return cases;
    }
}
