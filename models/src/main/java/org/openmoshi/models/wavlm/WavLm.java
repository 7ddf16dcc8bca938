package org.openmoshi.models.wavlm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.nn.Init;
import org.openmoshi.models.nn.LayerNorm;
import org.openmoshi.models.nn.Linear;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * WavLM (Chen et al. 2022): waveform at 16 kHz -> convolutions -> transformer that sees all steps -> features, 50 frames
 * a second in the published models. Inference only.
 */
public final class WavLm implements AutoCloseable {
    /** Of the waveform, Hz. */
    public static final int SAMPLE_RATE = 16000;

    private static final double EPSILON = 1e-5;

    private final WavLmConfig config;
    private final StateDict dict;
    private final FeatureExtractor extractor;
    private final LayerNorm convNorm;
    private final @Nullable Linear projection;
    private final PositionalConv positions;
    private final RelativePositionBias positionBias;
    private final List<EncoderLayer> layers = new ArrayList<>();
    private final LayerNorm encoderNorm;

    private WavLm(WavLmConfig config, StateDict dict) {
        this.config = config;
        this.dict = dict;
        ModulePath at = dict.root();
        int features = config.encoderEmbedDim();
        at.param("mask_emb", Init.constant(0), features); // training replaces frames by it; here it is only carried
        extractor = new FeatureExtractor(at.sub("feature_extractor"), config);
        projection = config.convChannels() == features
                ? null
                : new Linear(at.sub("post_extract_proj"), config.convChannels(), features, true);
        positions = new PositionalConv(at.sub("encoder.pos_conv.0"), config);
        ModulePath stack = at.sub("encoder.layers");
        positionBias = new RelativePositionBias(stack.sub("0.self_attn.relative_attention_bias"), config);
        for (int i = 0; i < config.encoderLayers(); i++) {
            layers.add(new EncoderLayer(stack.sub(i), config));
        }
        encoderNorm = new LayerNorm(at.sub("encoder.layer_norm"), features);
        convNorm = new LayerNorm(at.sub("layer_norm"), config.convChannels());
    }

    /** An untrained model. */
    public static WavLm random(WavLmConfig config, Generator generator) {
        return new WavLm(config, StateDict.random(DType.F32, generator));
    }

    /** A model of zeros, for those who load its {@link #stateDict}. */
    public static WavLm zeros(WavLmConfig config) {
        return new WavLm(config, StateDict.zeros(DType.F32));
    }

    /** The configuration. */
    public WavLmConfig config() {
        return config;
    }

    /** All parameters. */
    public StateDict stateDict() {
        return dict;
    }

    /**
     * Features of the last layer, of a waveform as it was recorded: [B, T] -> [B, frames, features]. If the model
     * wants normalised input, mean and variance are those of all of {@code wav} together, as its authors do.
     *
     * @throws IllegalArgumentException when the waveform is too short for one frame
     */
    public Tensor forward(Tensor wav) {
        try (Scope scope = Scope.open()) {
            Tensor input = wav;
            if (config.normalize()) {
                Tensor centred = wav.sub(wav.mean());
                input = centred.mul(centred.square().mean().add(EPSILON).rsqrt());
            }
            return scope.keep(features(input, 0));
        }
    }

    /**
     * Features of a waveform that was normalised already, if the model wants that.
     *
     * @param wav [B, T]
     * @param layer 0 for the last layer, with the norm after it if the model has one; from 1 for what comes out of the
     *     transformer layer of that number
     * @return [B, frames, features]
     * @throws IllegalArgumentException when the waveform is too short for one frame, or there is no such layer
     */
    public Tensor features(Tensor wav, int layer) {
        if (wav.rank() != 2 || config.frames(wav.dim(1)) == 0) {
            throw new IllegalArgumentException("a waveform of shape [B, T] with T of at least "
                    + config.receptiveField() + " samples is needed, not " + wav.shape());
        }
        if (layer < 0 || layer > layers.size()) {
            throw new IllegalArgumentException(
                    "this WavLM has layers 1 to " + layers.size() + " (0: the last, normalised), not " + layer);
        }
        try (Scope scope = Scope.open()) {
            Tensor h = embed(wav);
            Tensor bias = positionBias.forward(h.intDim(1));
            int last = layer == 0 ? layers.size() : layer;
            for (EncoderLayer each : layers.subList(0, last)) {
                Tensor next = each.forward(h, bias);
                h.close();
                h = next;
            }
            return scope.keep(layer == 0 && config.layerNormFirst() ? encoderNorm.forward(h) : h);
        }
    }

    /** What the transformer is given: [B, T] -> [B, frames, features]. */
    private Tensor embed(Tensor wav) {
        try (Scope scope = Scope.open()) {
            Tensor h = convNorm.forward(extractor.forward(wav).transpose(1, 2).contiguous());
            Tensor projected = projection == null ? h : projection.forward(h);
            Tensor placed = projected.add(positions.forward(projected));
            return scope.keep(config.layerNormFirst() ? placed : encoderNorm.forward(placed));
        }
    }

    /** Frees all parameters. */
    @Override
    public void close() {
        dict.close();
    }
}
