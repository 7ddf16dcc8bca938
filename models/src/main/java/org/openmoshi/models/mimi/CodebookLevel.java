package org.openmoshi.models.mimi;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which codebook a tensor of a codec belongs to. */
public final class CodebookLevel {
    private static final Pattern NAME =
            Pattern.compile("quantizer\\.(rvq_first|rvq_rest)\\.vq\\.layers\\.(\\d{1,9})\\._codebook\\..*");

    private CodebookLevel() {}

    /** Where the codebook of a level stands among the model's own names. */
    static String path(int level) {
        String row = level == 0 ? "rvq_first.vq.layers.0" : "rvq_rest.vq.layers." + (level - 1);
        return "quantizer." + row + "._codebook";
    }

    /** The level, 0 for the semantic codebook, of one of the model's own names; -1 when it is part of no codebook. */
    public static int of(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return -1;
        }
        int row = Integer.parseInt(matcher.group(2));
        return matcher.group(1).equals("rvq_first") ? row : 1 + row;
    }
}
