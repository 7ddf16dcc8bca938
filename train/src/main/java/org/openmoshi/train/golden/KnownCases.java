package org.openmoshi.train.golden;

import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenCases;

/** The golden cases that this project knows. */
public final class KnownCases {
    /** Those of this module. */
    static final List<GoldenCase> TRAIN = List.of(
            new InterleaverCase(),
            new MsStftDiscriminatorCase(),
            new OptimCase(),
            new ResampleCase(),
            new SpectralLossesCase());

    /** All of them. */
    public static final List<GoldenCase> ALL = all();

    private KnownCases() {}

    private static List<GoldenCase> all() {
        List<GoldenCase> all = new ArrayList<>(GoldenCases.MODELS);
        all.addAll(TRAIN);
        return List.copyOf(all);
    }
}
