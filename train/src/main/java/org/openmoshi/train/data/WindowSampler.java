package org.openmoshi.train.data;

import java.util.Arrays;
import java.util.List;

/**
 * Draws windows so that every second of audio is equally likely. Stateless: window {@code index} is a function of
 * (clips, seed, index), in any order and from any thread.
 */
public final class WindowSampler {

    private static final int DRAWS = 3; // clip, position, gain

    private final List<Clip> clips;
    private final double[] ends; // [clips]: summed durations
    private final long seed;

    /**
     * @param clips at least one; the windows depend on their order
     * @param seed any number
     */
    public WindowSampler(List<Clip> clips, long seed) {
        if (clips.isEmpty()) {
            throw new IllegalArgumentException("no clips to draw windows from");
        }
        this.clips = List.copyOf(clips);
        this.seed = seed;
        ends = new double[clips.size()];
        double sum = 0;
        for (int i = 0; i < ends.length; i++) {
            sum += clips.get(i).duration();
            ends[i] = sum;
        }
    }

    /**
     * A window to be cut.
     *
     * @param clip from which file
     * @param position in [0, 1), from the first to the last possible start
     * @param gain in [0, 1), from the least to the greatest gain
     */
    public record Window(Clip clip, double position, double gain) {}

    /**
     * The window with the given index.
     *
     * @param attempt 0; 1, 2, ... name its replacements should the file turn out to be unreadable
     */
    public Window window(long index, int attempt) {
        int draw = attempt * DRAWS;
        double at = CounterRandom.uniform(seed, index, draw) * ends[ends.length - 1];
        int found = Arrays.binarySearch(ends, at);
        // On an end exactly: the next clip begins there.
        int clip = Math.min(found < 0 ? -found - 1 : found + 1, ends.length - 1);
        return new Window(
                clips.get(clip),
                CounterRandom.uniform(seed, index, draw + 1),
                CounterRandom.uniform(seed, index, draw + 2));
    }
}
