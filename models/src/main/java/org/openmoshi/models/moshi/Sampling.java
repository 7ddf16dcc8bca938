package org.openmoshi.models.moshi;

/**
 * How a token is drawn from its logits.
 *
 * @param temperature divides the logits; 0 for the likeliest token always
 * @param topK draws among that many likeliest tokens only; 0 for all
 * @param topP draws among the likeliest tokens that together reach this probability (nucleus sampling, Holtzman et al.
 *     2020); 0 or 1 for all
 */
public record Sampling(double temperature, int topK, double topP) {
    /** Moshi's text: temperature 0.7 among 25. */
    public static final Sampling TEXT = new Sampling(0.7, 25, 0);

    /** Moshi's audio: temperature 0.8 among 250. */
    public static final Sampling AUDIO = new Sampling(0.8, 250, 0);

    /** Always the likeliest. */
    public static final Sampling GREEDY = new Sampling(0, 0, 0);

    /** Checks the values. */
    public Sampling {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the temperature is " + temperature + ", must not be negative");
        }
        if (topK < 0) {
            throw new IllegalArgumentException("top-k is " + topK + ", must be positive, or 0 for all tokens");
        }
        if (!(topP >= 0 && topP <= 1)) {
            throw new IllegalArgumentException("top-p is " + topP + ", must be from 0 to 1");
        }
    }
}
