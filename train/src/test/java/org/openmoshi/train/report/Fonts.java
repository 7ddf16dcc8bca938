package org.openmoshi.train.report;

import static org.assertj.core.api.Assumptions.assumeThatCode;

/** Tests of images with text are skipped on a machine without fonts. */
final class Fonts {
    private Fonts() {}

    static void assumePresent() {
        assumeThatCode(PlotStyle::requireFonts).doesNotThrowAnyException();
    }
}
