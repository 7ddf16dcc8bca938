package org.openmoshi.train.report;

import java.awt.image.IndexColorModel;

/** The palette of the spectrograms: night blue over teal to sand, of steadily rising lightness. */
final class Colormap {
    static final int SIZE = 256;

    private static final int[] ANCHORS = {0x070B1C, 0x152A5E, 0x17608F, 0x1C9C98, 0x86CE86, 0xFBF2BC};

    private Colormap() {}

    /** Returns the 256 colours as an image palette; index 0 is the quietest. */
    static IndexColorModel palette() {
        byte[][] channels = new byte[3][SIZE];
        for (int i = 0; i < SIZE; i++) {
            double position = i / (SIZE - 1.0) * (ANCHORS.length - 1);
            int anchor = Math.min((int) position, ANCHORS.length - 2);
            for (int c = 0; c < 3; c++) {
                int shift = 16 - 8 * c;
                int low = ANCHORS[anchor] >> shift & 0xFF;
                int high = ANCHORS[anchor + 1] >> shift & 0xFF;
                channels[c][i] = (byte) Math.round(low + (position - anchor) * (high - low));
            }
        }
        return new IndexColorModel(8, SIZE, channels[0], channels[1], channels[2]);
    }
}
