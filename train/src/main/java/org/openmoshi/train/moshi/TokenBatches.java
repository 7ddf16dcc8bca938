package org.openmoshi.train.moshi;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.moshi.MoshiConfig;

/**
 * Batches of random windows of conversations. An epoch passes through all conversations once per window that they are
 * long, in an order and at places that depend on the seed, the epoch and the window's number only: the position in the
 * data is one number.
 */
final class TokenBatches {
    private final TokenShards shards;
    private final List<TokenShards.Sample> samples;
    private final int windowFrames;
    private final int batchSize;
    private final long seed;
    private final int[] windows; // the sample of each window of an epoch
    private int[] order = new int[0];
    private long orderEpoch = -1;

    /** Windows of the given samples of the shards. */
    TokenBatches(TokenShards shards, List<TokenShards.Sample> samples, int windowFrames, int batchSize, long seed) {
        this.shards = shards;
        this.samples = samples;
        this.windowFrames = windowFrames;
        this.batchSize = batchSize;
        this.seed = seed;
        windows = IntStream.range(0, samples.size())
                .flatMap(i -> IntStream.range(0, Math.ceilDiv(samples.get(i).frames(), windowFrames))
                        .map(_ -> i))
                .toArray();
    }

    /** The tokens of a batch, [batchSize, streams, windowFrames]; -1 behind the end of a shorter conversation. */
    long[] batch(long number) throws CheckpointException {
        int streams = shards.identity().streams();
        long[] tokens = new long[batchSize * streams * windowFrames];
        Arrays.fill(tokens, MoshiConfig.ZERO_TOKEN);
        for (int b = 0; b < batchSize; b++) {
            long item = number * batchSize + b;
            TokenShards.Sample sample = samples.get(window(item / windows.length, (int) (item % windows.length)));
            long[] all = shards.read(sample);
            int length = Math.min(windowFrames, sample.frames());
            int start =
                    new SplittableRandom(seed ^ (item + 1) * 0x9E3779B97F4A7C15L).nextInt(sample.frames() - length + 1);
            for (int stream = 0; stream < streams; stream++) {
                System.arraycopy(
                        all, stream * sample.frames() + start, tokens, (b * streams + stream) * windowFrames, length);
            }
        }
        return tokens;
    }

    private int window(long epoch, int place) {
        if (epoch != orderEpoch) {
            order = windows.clone();
            SplittableRandom random = new SplittableRandom(seed + epoch);
            for (int i = order.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int swapped = order[i];
                order[i] = order[j];
                order[j] = swapped;
            }
            orderEpoch = epoch;
        }
        return order[place];
    }
}
