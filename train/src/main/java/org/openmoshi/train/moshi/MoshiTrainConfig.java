package org.openmoshi.train.moshi;

import static org.openmoshi.models.config.Checks.notNegative;
import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.positiveReal;
import static org.openmoshi.models.config.Checks.require;
import static org.openmoshi.models.config.Checks.share;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.config.Suggestion;

/**
 * Everything that defines a training run of the language model, read from YAML; each key is explained in the shipped
 * {@code pretrain.yaml}. The stages of the paper (section 4.3) are such files.
 *
 * @param model a shipped configuration of the language model or a YAML file
 * @param init folder of a run or checkpoint, or safetensors file, to start from, or empty for random weights
 * @param seed decides every random number of the run
 * @param steps optimizer steps of the whole run
 * @param lora adapters to train instead of all weights
 * @param loss weights of the tokens
 * @param data what the batches are
 * @param optimizer AdamW
 * @param schedule the learning rate over the run
 * @param logging what is written when
 */
public record MoshiTrainConfig(
        String model,
        String init,
        long seed,
        long steps,
        Adapters lora,
        Loss loss,
        Data data,
        Optimizer optimizer,
        Schedule schedule,
        Logging logging) {

    /** LoRA: rank 0 trains all weights. */
    public record Adapters(int rank, double scaling) {
        /** Checks ranges. */
        public Adapters {
            require(rank >= 0, "lora.rank is " + rank + ", must be positive, or 0 to train all weights");
            require(Double.isFinite(scaling) && scaling > 0, "lora.scaling is " + scaling + ", must be positive");
        }
    }

    /** Weights of semantic tokens beside acoustic ones, and of padding beside words. */
    public record Loss(double semantic, double padding) {
        /** Checks ranges. */
        public Loss {
            notNegative("loss.semantic", semantic);
            notNegative("loss.padding", padding);
        }
    }

    /**
     * Batches.
     *
     * @param windowFrames frames per sequence
     * @param batchSize sequences per forward pass
     * @param accumulation forward passes per optimizer step
     * @param validationShare share of the conversations, chosen by name, that is held out
     * @param textMasking share of the sequences whose text is hidden from the model and not learnt
     * @param recompute whether layers are computed again in the backward pass, which saves most of the memory
     */
    public record Data(
            int windowFrames,
            int batchSize,
            int accumulation,
            double validationShare,
            double textMasking,
            boolean recompute) {
        /** Checks ranges. */
        public Data {
            positive("data.window_frames", windowFrames);
            positive("data.batch_size", batchSize);
            positive("data.accumulation", accumulation);
            require(
                    validationShare >= 0 && validationShare < 1,
                    "data.validation_share is " + validationShare + ", must be at least 0 and below 1");
            require(
                    textMasking >= 0 && textMasking < 1,
                    "data.text_masking is " + textMasking + ", must be at least 0 and below 1");
        }
    }

    /**
     * AdamW.
     *
     * @param temporalLearningRate of the temporal transformer, its embeddings and heads
     * @param depthLearningRate of the depth transformer, its embeddings and heads
     * @param textFactor multiplies the rate of the text's embedding and head
     * @param clipNorm global norm to which gradients are clipped; 0 for no clipping
     */
    public record Optimizer(
            double temporalLearningRate,
            double depthLearningRate,
            double textFactor,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            double clipNorm) {
        /** Checks ranges. */
        public Optimizer {
            positiveReal("optimizer.temporal_learning_rate", temporalLearningRate);
            positiveReal("optimizer.depth_learning_rate", depthLearningRate);
            positiveReal("optimizer.text_factor", textFactor);
            share("optimizer.beta1", beta1);
            share("optimizer.beta2", beta2);
            positiveReal("optimizer.epsilon", epsilon);
            notNegative("optimizer.weight_decay", weightDecay);
            notNegative("optimizer.clip_norm", clipNorm);
        }
    }

    /** Shapes of the learning rate. */
    public enum ScheduleKind {
        /** Constant after the warm-up. */
        @JsonProperty("constant")
        CONSTANT,
        /** Half a cosine to {@code finalFactor} after the warm-up. */
        @JsonProperty("cosine")
        COSINE,
        /** One cycle of rate and momentum; warm-up and final factor are its own. */
        @JsonProperty("one_cycle")
        ONE_CYCLE
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

    /** What is written when, in steps; {@code validationBatches} at most are looked at; {@code keep} newest stay. */
    public record Logging(long logEvery, long validateEvery, int validationBatches, long checkpointEvery, int keep) {
        /** Checks ranges. */
        public Logging {
            positive("logging.log_every", logEvery);
            positive("logging.validate_every", validateEvery);
            positive("logging.validation_batches", validationBatches);
            positive("logging.checkpoint_every", checkpointEvery);
            positive("logging.keep", keep);
        }
    }

    /** The stages of the paper and a configuration for tests. */
    public static final List<String> STAGES =
            List.of("pretrain", "posttrain", "dialogue", "instruct", "finetune", "tiny");

    /** Checks ranges; a {@link ConfigException} names the key that is out of range. */
    public MoshiTrainConfig {
        positive("steps", steps);
    }

    /** A shipped stage or, when the name is none of those, a YAML file; then {@code key=value} overrides. */
    public static MoshiTrainConfig load(String nameOrFile, List<String> overrides) {
        ObjectNode tree = ConfigReader.parse(nameOrFile, text(nameOrFile));
        ConfigReader.override(tree, overrides);
        return ConfigReader.read(nameOrFile, tree, MoshiTrainConfig.class);
    }

    /** The YAML of a shipped stage or a file, with its comments. */
    public static String text(String nameOrFile) {
        try {
            if (!STAGES.contains(nameOrFile)) {
                return Files.readString(Path.of(nameOrFile));
            }
            try (InputStream in = MoshiTrainConfig.class.getResourceAsStream(nameOrFile + ".yaml")) {
                if (in == null) {
                    throw new IllegalStateException("resource " + nameOrFile + ".yaml is missing");
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (NoSuchFileException e) {
            throw new ConfigException("no training stage '" + nameOrFile + "': give one of " + String.join(", ", STAGES)
                    + " or a YAML file" + Suggestion.nearest(nameOrFile, STAGES));
        } catch (IOException e) {
            throw new ConfigException("configuration " + nameOrFile + " could not be read: " + e.getMessage());
        }
    }
}
