package org.openmoshi.train.eval;

/** The rate of a codec that sends one index per codebook and frame. */
public final class Bitrate {
    private Bitrate() {}

    /**
     * Returns the bitrate in bits per second: {@code frameRate * codebooks * log2(codebookSize)}. Mimi's 12.5 frames/s,
     * 8 codebooks and 2048 entries give 1100.
     *
     * @param frameRate frames per second
     * @param codebooks indices per frame
     * @param codebookSize entries of one codebook
     * @throws IllegalArgumentException if an argument is not positive
     */
    public static double bitsPerSecond(double frameRate, int codebooks, int codebookSize) {
        if (!(frameRate > 0) || codebooks < 1 || codebookSize < 1) {
            throw new IllegalArgumentException("bitrate needs a positive frame rate, number of codebooks and codebook"
                    + " size, got " + frameRate + ", " + codebooks + ", " + codebookSize);
        }
        return frameRate * codebooks * (Math.log(codebookSize) / Math.log(2));
    }
}
