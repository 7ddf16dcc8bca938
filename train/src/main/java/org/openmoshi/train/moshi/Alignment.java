package org.openmoshi.train.moshi;

/**
 * A word that was spoken.
 *
 * @param word its text
 * @param start seconds from the recording's beginning
 * @param end likewise
 * @param speaker label of who said it
 */
public record Alignment(String word, double start, double end, String speaker) {
    /** The label of the speaker whose text the model learns. */
    public static final String MAIN = "SPEAKER_MAIN";

    Alignment shift(double seconds) {
        return new Alignment(word, start + seconds, end + seconds, speaker);
    }
}
