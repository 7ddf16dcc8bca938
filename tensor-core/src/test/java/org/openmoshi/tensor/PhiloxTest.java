package org.openmoshi.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** The known answers that the authors of the generator publish with it. */
    @Test
    void theBlockFunctionGivesThePublishedAnswers() {
        assertThat(words(0, 0, 0, 0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(words(-1, -1, -1, -1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(words(0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    private static int[] words(int k0, int k1, int c0, int c1, int c2, int c3) {
        int[] words = new int[4];
        Philox.rounds(k0, k1, c0, c1, c2, c3, words);
        return words;
    }

    @Test
    void uniformNumbersNeverReachTheirUpperBound() {
        assertThat(Philox.uniformFloat(-1, 1, 2)).isLessThan(2).isEqualTo(Math.nextDown(2f));
        assertThat(Philox.uniformFloat(0, 1, 2)).isEqualTo(1);
        assertThat(Philox.uniform24(-1)).isEqualTo(1 - 0x1p-24);
        assertThat(Philox.uniform32(-1)).isEqualTo(1 - 0x1p-32);
    }

    @Test
    void normalNumbersAreFiniteForEveryExtremeWord() {
        int[] words = {0, 0, -1, -1};
        for (int position = 0; position < 4; position++) {
            assertThat(Philox.normal(words, position)).isFinite();
        }
    }
}
