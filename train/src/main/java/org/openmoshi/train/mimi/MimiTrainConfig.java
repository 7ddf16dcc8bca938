package org.openmoshi.train.mimi;

import static org.openmoshi.models.config.Checks.notNegative;
import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.positiveReal;
import static org.openmoshi.models.config.Checks.require;
import static org.openmoshi.models.config.Checks.share;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.discriminator.DiscriminatorConfig;
import org.openmoshi.models.discriminator.MsStftConfig;
import org.openmoshi.models.discriminator.MultiFrequencyConfig;
import org.openmoshi.models.discriminator.MultiPeriodConfig;
import org.openmoshi.models.discriminator.MultiScaleConfig;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.QuantizerTraining;
import org.openmoshi.train.data.Augmentation;
import org.openmoshi.train.data.GainRange;
import org.openmoshi.train.distill.DistillationConfig;

/**
 * Everything that defines a training run of Mimi, read from YAML; each key is explained in the shipped
 * {@code small.yaml}.
 *
 * @param model a shipped Mimi configuration ({@code mimi-24khz}, {@code small}, {@code tiny}) or a YAML file
 * @param seed decides every random number of the run
 * @param steps optimizer steps of the whole run
 * @param recipe which losses train the generator
 * @param losses weights of the losses
 * @param distillation what the first codebook is taught
 * @param quantizer how codebooks learn
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
        DistillationConfig distillation,
        QuantizerTraining quantizer,
        Data data,
        Optimizer optimizer,
        Discriminator discriminator,
        Schedule schedule,
        Logging logging) {

    /** Which losses train the generator. */
    public enum Recipe {
        /** Adversarial and feature losses, and the reconstruction losses l1, msspec and stft. */
        @JsonProperty("reconstruction")
        RECONSTRUCTION,
        /** Adversarial and feature losses only, as the released Mimi (Défossez et al. 2024, section 3.3.4). */
        @JsonProperty("adversarial")
        ADVERSARIAL
    }

    /**
     * Shares of the gradient at the output waveform, by the balancer; 0 switches a loss off. The commitment loss is
     * outside the balancer: its weight multiplies it.
     */
    public record Losses(
            double adversarial,
            double feature,
            double l1,
            double msspec,
            double stft,
            double commitment,
            double balancerDecay) {
        /** Checks ranges. */
        public Losses {
            notNegative("losses.adversarial", adversarial);
            notNegative("losses.feature", feature);
            notNegative("losses.l1", l1);
            notNegative("losses.msspec", msspec);
            notNegative("losses.stft", stft);
            notNegative("losses.commitment", commitment);
            share("losses.balancer_decay", balancerDecay);
        }
    }

    /**
     * Batches.
     *
     * @param windowSeconds length of the random windows
     * @param batchSize windows per forward pass
     * @param accumulation forward passes per optimizer step
     * @param validationShare share of the files, chosen by name, that is held out
     * @param maskPadding whether the zeros after recordings shorter than the window count nowhere: not in the losses at
     *     the waveform, the commitment loss, or the codebooks
     * @param minLevelDb windows with less mean power, in dB of full scale, are drawn again, at most 8 times; -200 or less
     *     takes them all
     * @param gainDb largest random gain in either direction, in dB; limited so that nothing clips
     * @param noiseProbability share of the windows to whose input noise is added
     * @param noiseSnrDb smallest and largest signal-to-noise ratio
     * @param reverbProbability share of the windows whose input sounds as in a room
     * @param reverbSeconds shortest and longest reverberation time
     * @param augmentedTarget whether the codec shall give back the input with noise and reverberation, or without them
     * @param workers decoding threads
     * @param readAhead batches decoded ahead of the step
     */
    public record Data(
            double windowSeconds,
            int batchSize,
            int accumulation,
            double validationShare,
            boolean maskPadding,
            double minLevelDb,
            double gainDb,
            double noiseProbability,
            List<Double> noiseSnrDb,
            double reverbProbability,
            List<Double> reverbSeconds,
            boolean augmentedTarget,
            int workers,
            int readAhead) {
        /** Checks ranges. */
        public Data {
            require(
                    windowSeconds > 0 && windowSeconds <= 600,
                    "data.window_seconds is " + windowSeconds + ", must be above 0 and at most 600");
            positive("data.batch_size", batchSize);
            positive("data.accumulation", accumulation);
            require(
                    validationShare > 0 && validationShare < 1,
                    "data.validation_share is " + validationShare + ", must be between 0 and 1");
            require(gainDb >= 0 && gainDb <= 60, "data.gain_db is " + gainDb + ", must be from 0 to 60");
            require(!Double.isNaN(minLevelDb), "data.min_level_db must be a number");
            probability("data.noise_probability", noiseProbability);
            noiseSnrDb = range("data.noise_snr_db", noiseSnrDb);
            probability("data.reverb_probability", reverbProbability);
            reverbSeconds = range("data.reverb_seconds", reverbSeconds);
            require(
                    reverbSeconds.getFirst() > 0 && reverbSeconds.getLast() <= 10,
                    "data.reverb_seconds is " + reverbSeconds + ", must be above 0 and at most 10");
            positive("data.workers", workers);
            positive("data.read_ahead", readAhead);
        }

        private static List<Double> range(String key, List<Double> values) {
            require(
                    values.size() == 2 && values.getFirst() <= values.getLast(),
                    key + " is " + values + ", must be a smallest and a largest value");
            return List.copyOf(values);
        }

        private static void probability(String key, double value) {
            require(value >= 0 && value <= 1, key + " is " + value + ", must be from 0 to 1");
        }

        /** What is done to the windows. */
        Augmentation augmentation() {
            return new Augmentation(
                    new GainRange(-gainDb, gainDb),
                    reverbProbability,
                    reverbSeconds.getFirst(),
                    reverbSeconds.getLast(),
                    noiseProbability,
                    noiseSnrDb.getFirst(),
                    noiseSnrDb.getLast());
        }
    }

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
            double weightEma) {
        /** Checks ranges. */
        public Optimizer {
            positiveReal("optimizer.learning_rate", learningRate);
            share("optimizer.beta1", beta1);
            share("optimizer.beta2", beta2);
            positiveReal("optimizer.epsilon", epsilon);
            notNegative("optimizer.transformer_weight_decay", transformerWeightDecay);
            notNegative("optimizer.clip_norm", clipNorm);
            share("optimizer.weight_ema", weightEma);
        }
    }

    /**
     * The discriminator, used when the adversarial or the feature loss has a weight.
     *
     * @param kind which networks judge: one kind or several
     * @param filters channels, see {@link DiscriminatorConfig}
     * @param nFfts transform size of each network of msstft and mfd
     * @param periods of each network of mpd
     * @param scales number of networks of msd
     * @param startStep first step at which it trains
     * @param warmup steps that it trains before its losses count: an untrained one would pull the generator anywhere
     */
    public record Discriminator(
            @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            List<DiscriminatorKind> kind,

            int filters,
            List<Integer> nFfts,
            List<Integer> periods,
            int scales,
            double learningRate,
            double beta1,
            double beta2,
            double clipNorm,
            long startStep,
            long warmup) {
        /** Checks ranges. */
        public Discriminator {
            kind = List.copyOf(kind);
            require(
                    !kind.isEmpty() && Set.copyOf(kind).size() == kind.size(),
                    "discriminator.kind is " + kind + ", must be one of msstft, mpd, msd and mfd or a list of them");
            positive("discriminator.filters", filters);
            require(
                    !nFfts.isEmpty() && nFfts.stream().allMatch(n -> n >= 16 && Integer.bitCount(n) == 1),
                    "discriminator.n_ffts is " + nFfts + ", must be a list of powers of two from 16");
            positiveReal("discriminator.learning_rate", learningRate);
            share("discriminator.beta1", beta1);
            share("discriminator.beta2", beta2);
            notNegative("discriminator.clip_norm", clipNorm);
            notNegative("discriminator.start_step", startStep);
            notNegative("discriminator.warmup", warmup);
            nFfts = List.copyOf(nFfts);
            periods = List.copyOf(periods);
        }

        /** The networks. */
        List<DiscriminatorConfig> kinds() {
            return kind.stream()
                    .<DiscriminatorConfig>map(each -> switch (each) {
                        case MSSTFT -> MsStftConfig.of(filters, nFfts);
                        case MPD -> new MultiPeriodConfig(filters, periods);
                        case MSD -> new MultiScaleConfig(filters, scales);
                        case MFD -> new MultiFrequencyConfig(filters, nFfts);
                    })
                    .toList();
        }
    }

    /** Kinds of discriminators. */
    public enum DiscriminatorKind {
        /** Complex spectrograms of several windows: {@link MsStftConfig}. */
        @JsonProperty("msstft")
        MSSTFT,
        /** Every p-th sample of the waveform: {@link MultiPeriodConfig}. */
        @JsonProperty("mpd")
        MPD,
        /** The waveform at several rates: {@link MultiScaleConfig}. */
        @JsonProperty("msd")
        MSD,
        /** Magnitudes and levels of several windows: {@link MultiFrequencyConfig}. */
        @JsonProperty("mfd")
        MFD
    }

    /** Shapes of the learning rate. */
    public enum ScheduleKind {
        /** Constant after the warm-up. */
        @JsonProperty("constant")
        CONSTANT,
        /** Half a cosine to {@code finalFactor} after the warm-up. */
        @JsonProperty("cosine")
        COSINE
    }

    /** The learning rate over the run, as a factor of the optimizer's. */
    public record Schedule(ScheduleKind kind, long warmup, double finalFactor) {
        /** Checks ranges. */
        public Schedule {
            notNegative("schedule.warmup", warmup);
            require(
                    finalFactor >= 0 && finalFactor <= 1,
                    "schedule.final_factor is " + finalFactor + ", must be from 0 to 1");
        }
    }

    /**
     * What is written when, in steps.
     *
     * @param logEvery between entries of the log
     * @param validateEvery between validations
     * @param validationClips held-out clips, fixed over the run
     * @param checkpointEvery between checkpoints
     * @param keep newest checkpoints that stay (the best one stays as well)
     */
    public record Logging(long logEvery, long validateEvery, int validationClips, long checkpointEvery, int keep) {
        /** Checks ranges. */
        public Logging {
            positive("logging.log_every", logEvery);
            positive("logging.validate_every", validateEvery);
            positive("logging.validation_clips", validationClips);
            positive("logging.checkpoint_every", checkpointEvery);
            positive("logging.keep", keep);
        }
    }

    /** Names of the shipped training configurations. */
    public static final List<String> PRESETS = List.of("small", "small-adversarial", "mimi-24khz", "tiny");

    /** Checks ranges; a {@link ConfigException} names the key that is out of range. */
    public MimiTrainConfig {
        positive("steps", steps);
        boolean adversarial = usesDiscriminator(losses, discriminator, steps);
        if (adversarial) {
            discriminator.kinds(); // refuses sizes that a kind cannot have
        }
        boolean reconstructs = recipe == Recipe.RECONSTRUCTION && losses.l1 + losses.msspec + losses.stft > 0;
        require(
                reconstructs || (adversarial && discriminator.startStep + discriminator.warmup == 0),
                recipe == Recipe.ADVERSARIAL
                        ? "no loss trains the generator: recipe adversarial needs losses.adversarial or losses.feature"
                                + " above 0, discriminator.start_step=0 and discriminator.warmup=0"
                        : "no loss trains the generator from the first step: recipe reconstruction needs losses.l1,"
                                + " losses.msspec or losses.stft above 0");
    }

    /** A shipped configuration or, when the name is none of those, a YAML file; then {@code key=value} overrides. */
    public static MimiTrainConfig load(String nameOrFile, List<String> overrides) {
        ObjectNode tree = ConfigReader.parse(nameOrFile, text(nameOrFile));
        ConfigReader.override(tree, overrides);
        return ConfigReader.read(nameOrFile, tree, MimiTrainConfig.class);
    }

    /** The YAML of a shipped configuration or a file, with its comments. */
    public static String text(String nameOrFile) {
        try {
            if (!PRESETS.contains(nameOrFile)) {
                return Files.readString(Path.of(nameOrFile));
            }
            try (InputStream in = MimiTrainConfig.class.getResourceAsStream(nameOrFile + ".yaml")) {
                if (in == null) {
                    throw new IllegalStateException("resource " + nameOrFile + ".yaml is missing");
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (NoSuchFileException e) {
            throw new ConfigException("no training configuration '" + nameOrFile + "': give one of "
                    + String.join(", ", PRESETS) + " or a YAML file");
        } catch (IOException e) {
            throw new ConfigException("configuration " + nameOrFile + " could not be read: " + e.getMessage());
        }
    }

    /** The model's configuration. */
    public MimiConfig mimi() {
        return MimiConfig.named(model);
    }

    /** True when the discriminator takes part at some step. */
    public boolean usesDiscriminator() {
        return usesDiscriminator(losses, discriminator, steps);
    }

    private static boolean usesDiscriminator(Losses losses, Discriminator discriminator, long steps) {
        return (losses.adversarial > 0 || losses.feature > 0) && discriminator.startStep < steps;
    }
}
