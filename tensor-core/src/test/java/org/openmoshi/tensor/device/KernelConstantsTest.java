package org.openmoshi.tensor.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Numbers that the host needs for its grids and kernels for their arrays stand in both: they are the same. */
class KernelConstantsTest {
    @Test
    void tilesAndGroupsOfBothSidesAgree() {
        assertThat(constant("tile.h", "TILE")).isEqualTo(Products.TILE);
        assertThat(constant("tile.h", "TILE_ITEMS")).isEqualTo(Products.TILE_ITEMS);
        assertThat(constant("gemv.h", "GEMV_ITEMS")).isEqualTo(Products.GEMV_ITEMS);
        assertThat(constant("attention_grad.h", "DELTA_ITEMS")).isEqualTo(Attentions.DELTA_ITEMS);
        assertThat(constant("rows.h", "GROUP_ITEMS")).isEqualTo(Rows.GROUP_ITEMS);
    }

    private static long constant(String file, String name) {
        String source = KernelSource.read(KernelSource.class::getResourceAsStream, file);
        Matcher define = Pattern.compile("^#define " + name + " (\\d+)\\b", Pattern.MULTILINE)
                .matcher(source);
        assertThat(define.find()).as("%s defines %s", file, name).isTrue();
        return Long.parseLong(define.group(1));
    }
}
