package org.openmoshi.train.mimi;

import java.util.ArrayList;
import java.util.List;

/**
 * Everything that defines a training run of Mimi, read from YAML; each key is explained in the shipped
 * {@code small.yaml}.
 *
 * @param model a shipped Mimi configuration ({@code mimi-24khz}, {@code small}, {@code tiny}) or a YAML file
 * @param seed decides every random number of the run
 * @param steps optimizer steps of the whole run
 * @param recipe which losses train the generator
 * @param losses weights of the losses
 * @param data what the batches are
 * @param optimizer how the generator is optimized
 * @param discriminator the adversary
 * @param schedule the learning rate over the run
 * @param logging what is written when
 */
public record MimiTrainConfig(
        String model,
        long seed,
        long steps,
        Recipe recipe,
        Losses losses,
        Data data,
        Optimizer optimizer,
        Discriminator discriminator,
        Schedule schedule,
        Logging logging) {

    /** Which losses train the generator. */
    public enum Recipe {
        /** Adversarial and feature losses, and the reconstruction losses l1 and msspec. */
        RECONSTRUCTION,
        /** Adversarial and feature losses only, as the released Mimi (Défossez et al. 2024, section 3.3.4). */
        ADVERSARIAL
    }

    /**
     * Shares of the gradient at the output waveform, by the balancer; 0 switches a loss off. The commitment loss is
     * outside the balancer: its weight multiplies it.
     */
    public record Losses(
            double adversarial, double feature, double l1, double msspec, double commitment, double balancerDecay) {}

    /**
     * Batches.
     *
     * @param windowSeconds length of the random windows
     * @param batchSize windows per forward pass
     * @param accumulation forward passes per optimizer step
     * @param validationShare share of the files, chosen by name, that is held out
     * @param gainDb largest random gain in either direction, in dB; limited so that nothing clips
     * @param workers decoding threads
     * @param readAhead batches decoded ahead of the step
     */
    public record Data(
            double windowSeconds,
            int batchSize,
            int accumulation,
            double validationShare,
            double gainDb,
            int workers,
            int readAhead) {}

    /**
     * AdamW of the generator.
     *
     * @param transformerWeightDecay decay of the transformers' parameters; all others have none
     * @param clipNorm global norm to which gradients are clipped; 0 for no clipping
     * @param weightEma decay of the weight average that validation and release use; 0 for none
     */
    public record Optimizer(
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double transformerWeightDecay,
            double clipNorm,
            double weightEma) {}

    /**
     * The MS-STFT discriminator, used when the adversarial or the feature loss has a weight.
     *
     * @param filters channels of its convolutions
     * @param nFfts transform size of each scale
     * @param startStep first step at which it trains and its losses count
     */
    public record Discriminator(
            int filters,
            List<Integer> nFfts,
            double learningRate,
            double beta1,
            double beta2,
            double clipNorm,
            long startStep) {}

    /** Shapes of the learning rate. */
    public enum ScheduleKind {
        /** Constant after the warm-up. */
        CONSTANT,
        /** Half a cosine to {@code finalFactor} after the warm-up. */
        COSINE
    }

    /** The learning rate over the run, as a factor of the optimizer's. */
    public record Schedule(ScheduleKind kind, long warmup, double finalFactor) {}

    /**
     * What is written when, in steps.
     *
     * @param logEvery between entries of the log
     * @param validateEvery between validations
     * @param validationClips held-out clips, fixed over the run
     * @param checkpointEvery between checkpoints
     * @param keep newest checkpoints that stay (the best one stays as well)
     */
    public record Logging(long logEvery, long validateEvery, int validationClips, long checkpointEvery, int keep) {}

    /** True when the discriminator takes part at some step. */
    public boolean isAdversarial() {
        return (losses.adversarial > 0 || losses.feature > 0) && discriminator.startStep < steps;
    }

    /**
     * Checks ranges.
     *
     * @throws IllegalArgumentException that names every key out of range, and the range
     */
    public void validate() {
        List<String> wrong = new ArrayList<>();
        require(wrong, steps > 0, "steps must be positive");
        require(wrong, data.windowSeconds > 0 && data.windowSeconds <= 600, "data.windowSeconds must be in (0, 600]");
        require(wrong, data.batchSize > 0, "data.batchSize must be positive");
        require(wrong, data.accumulation > 0, "data.accumulation must be positive");
        require(
                wrong,
                data.validationShare > 0 && data.validationShare < 1,
                "data.validationShare must be between 0 and 1");
        require(wrong, data.gainDb >= 0 && data.gainDb <= 60, "data.gainDb must be in [0, 60]");
        require(wrong, data.workers > 0, "data.workers must be positive");
        require(wrong, data.readAhead > 0, "data.readAhead must be positive");
        require(
                wrong,
                losses.adversarial >= 0
                        && losses.feature >= 0
                        && losses.l1 >= 0
                        && losses.msspec >= 0
                        && losses.commitment >= 0,
                "losses must not be negative");
        require(
                wrong,
                losses.balancerDecay >= 0 && losses.balancerDecay <= 1,
                "losses.balancerDecay must be in [0, 1]");
        boolean reconstructs = recipe == Recipe.RECONSTRUCTION && losses.l1 + losses.msspec > 0;
        require(
                wrong,
                reconstructs || (isAdversarial() && discriminator.startStep == 0),
                "no loss trains the generator: with recipe " + recipe.name().toLowerCase(java.util.Locale.ROOT)
                        + (recipe == Recipe.ADVERSARIAL
                                ? " give losses.adversarial or losses.feature a weight and set discriminator.startStep to 0"
                                : " give losses.l1 or losses.msspec a weight"));
        require(wrong, optimizer.learningRate > 0, "optimizer.learningRate must be positive");
        require(wrong, beta(optimizer.beta1) && beta(optimizer.beta2), "optimizer betas must be in [0, 1)");
        require(wrong, optimizer.epsilon > 0, "optimizer.epsilon must be positive");
        require(wrong, optimizer.weightEma >= 0 && optimizer.weightEma < 1, "optimizer.weightEma must be in [0, 1)");
        require(wrong, optimizer.clipNorm >= 0 && discriminator.clipNorm >= 0, "clipNorm must not be negative");
        require(wrong, beta(discriminator.beta1) && beta(discriminator.beta2), "discriminator betas must be in [0, 1)");
        require(wrong, discriminator.filters > 0, "discriminator.filters must be positive");
        require(wrong, discriminator.learningRate > 0, "discriminator.learningRate must be positive");
        require(
                wrong,
                !discriminator.nFfts.isEmpty()
                        && discriminator.nFfts.stream().allMatch(n -> n >= 16 && Integer.bitCount(n) == 1),
                "discriminator.nFfts must be powers of two from 16");
        require(wrong, schedule.warmup >= 0, "schedule.warmup must not be negative");
        require(
                wrong,
                logging.logEvery > 0
                        && logging.validateEvery > 0
                        && logging.checkpointEvery > 0
                        && logging.keep > 0
                        && logging.validationClips > 0,
                "logging values must be positive");
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    private static boolean beta(double beta) {
        return beta >= 0 && beta < 1;
    }

    private static void require(List<String> wrong, boolean condition, String message) {
        if (!condition) {
            wrong.add(message);
        }
    }
}
