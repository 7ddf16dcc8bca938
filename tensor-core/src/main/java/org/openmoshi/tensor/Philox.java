package org.openmoshi.tensor;

/**
 * The counter-based random numbers of every backend: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
 * easy as 1, 2, 3"), and how its 32-bit words become uniform and normal numbers. This class is the definition; kernels
 * that compute several elements at once must give the same bits.
 *
 * <p>Position p = offset + i of a sequence owns word p mod 4 of block p / 4. The key is the seed (low word, high word),
 * the counter is (block low, block high, attempt, 0). The attempt is 0 except where a truncated normal redraws.
 */
public final class Philox {
    private static final long M0 = 0xD2511F53L;
    private static final long M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final int ROUNDS = 10;
    private static final double TRUNCATION = 2;

    private Philox() {}

    /** Writes the four words of a block. */
    public static void block(long seed, long block, int attempt, int[] words) {
        rounds((int) seed, (int) (seed >>> 32), (int) block, (int) (block >>> 32), attempt, 0, words);
    }

    /** The bare function: key (k0, k1), counter (c0, c1, c2, c3) to four words. */
    static void rounds(int k0, int k1, int c0, int c1, int c2, int c3, int[] words) {
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = M0 * (c0 & 0xFFFFFFFFL);
            long p1 = M1 * (c2 & 0xFFFFFFFFL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c3 = (int) p0;
            k0 += W0;
            k1 += W1;
        }
        words[0] = c0;
        words[1] = c1;
        words[2] = c2;
        words[3] = c3;
    }

    /** The upper 24 bits of a word as a number in [0, 1), exact in float32. */
    public static double uniform24(int word) {
        return (word >>> 8) * 0x1p-24;
    }

    /** A word as a number in [0, 1) with 32 random bits, for float64. */
    public static double uniform32(int word) {
        return (word & 0xFFFFFFFFL) * 0x1p-32;
    }

    /**
     * Uniform float32 on [a, b): a + (b - a) u in double precision, rounded once; where rounding reaches b, the next
     * float32 below it.
     */
    public static float uniformFloat(int word, double a, double b) {
        float value = (float) (a + (b - a) * uniform24(word));
        return value >= b && b > a ? Math.nextDown((float) b) : value;
    }

    /**
     * The standard normal number of a position by Box and Muller (1958). Positions 2j and 2j + 1 share the two words of
     * their pair, u in (0, 1] from the first and v in [0, 1) from the second: sqrt(-2 ln u) times cos(2 pi v) for the
     * even one, sin for the odd one. Computed in strict double precision, so the bits are those of every machine.
     *
     * @param words the block of the position
     */
    public static double normal(int[] words, long position) {
        int pair = (int) (position & 2);
        double u = ((words[pair] & 0xFFFFFFFFL) + 1) * 0x1p-32;
        double angle = 2 * Math.PI * uniform32(words[pair + 1]);
        double radius = Math.sqrt(-2 * StrictMath.log(u));
        return radius * ((position & 1) == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
    }

    /**
     * A standard normal number within two standard deviations: {@link #normal} of attempts 0, 1, ... of the block until
     * one is. Each position redraws for itself, so it depends on no other.
     *
     * @param words scratch for a block
     */
    public static double truncatedNormal(long seed, long position, int[] words) {
        for (int attempt = 0; ; attempt++) {
            block(seed, position >>> 2, attempt, words);
            double z = normal(words, position);
            if (Math.abs(z) <= TRUNCATION) {
                return z;
            }
        }
    }
}
