package org.openmoshi.models.mimi;

import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.nn.Conv1d;
import org.openmoshi.models.nn.ConvOptions;
import org.openmoshi.models.nn.ConvTranspose1d;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.ProjectedTransformer;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.ComputeOp.PadMode;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * The Mimi codec (Moshi paper, section 3.3): waveform -> convolutions -> transformer -> frames -> codes, and back.
 * Parameter names are those of Kyutai's state dict. Everything is causal: a frame depends on no later sample.
 */
public final class Mimi implements AutoCloseable {
    /** The convolutions at the waveform take longer signals in parts; 22 s at 24 kHz, longer than training windows. */
    private static final int CHUNK_SAMPLES = 1 << 19;

    private static final DoubleConsumer NO_PROGRESS = share -> {};

    private final MimiConfig config;
    private final StateDict dict;
    private final SharedWeights streams = new SharedWeights();
    private final Layer encoderConvolutions;
    private final Layer decoderConvolutions;
    private final ChunkedLayer encoder;
    private final ChunkedLayer decoder;
    private final Layer encoderTransformer;
    private final Layer decoderTransformer;
    private final SplitResidualVectorQuantizer quantizer;
    private final @Nullable Layer downsample;
    private final @Nullable Layer upsample;

    private Mimi(MimiConfig config, StateDict dict) {
        this.config = config;
        this.dict = dict;
        ModulePath at = dict.root();
        int hop = config.seanet().hopLength();
        int chunk = Math.max(1, CHUNK_SAMPLES / hop);
        encoderConvolutions = Seanet.encoder(at.sub("encoder"), config.seanet());
        decoderConvolutions = Seanet.decoder(at.sub("decoder"), config.seanet());
        encoder = new ChunkedLayer(encoderConvolutions, hop, 1, config.seanet().encoderContext(), chunk);
        decoder = new ChunkedLayer(decoderConvolutions, 1, hop, config.seanet().decoderContext(), chunk);
        encoderTransformer = new ProjectedTransformer(at.sub("encoder_transformer"), config.transformer());
        decoderTransformer = new ProjectedTransformer(at.sub("decoder_transformer"), config.transformer());
        quantizer = new SplitResidualVectorQuantizer(at.sub("quantizer"), config.quantizer());
        int stride = config.downsampling();
        int channels = config.seanet().dimension();
        ConvOptions resampling =
                ConvOptions.kernel(2 * stride).withStride(stride).withoutBias();
        if (stride > 1) {
            downsample = new Conv1d(
                    at.sub("downsample.conv.conv.conv"), channels, channels, resampling.withPadMode(PadMode.REPLICATE));
            upsample = new ConvTranspose1d(
                    at.sub("upsample.convtr.convtr.convtr"), channels, channels, resampling.withGroups(channels));
        } else {
            downsample = null;
            upsample = null;
        }
    }

    /** An untrained codec. */
    public static Mimi random(MimiConfig config, Generator generator) {
        return new Mimi(config, StateDict.random(DType.F32, generator));
    }

    /** An untrained codec of another type: F64 for gradient checks. */
    public static Mimi random(MimiConfig config, DType dtype, Generator generator) {
        return new Mimi(config, StateDict.random(dtype, generator));
    }

    /** A codec of zeros, for those who load its {@link #stateDict}. */
    public static Mimi zeros(MimiConfig config) {
        return new Mimi(config, StateDict.zeros(DType.F32));
    }

    /**
     * A codec whose parameters are in a file.
     *
     * @throws CheckpointException when the file cannot be read or is of another configuration
     */
    public static Mimi load(MimiConfig config, Path file) throws CheckpointException {
        try (MimiCheckpoint checkpoint = MimiCheckpoint.open(file, config)) {
            return checkpoint.load();
        }
    }

    /**
     * A codec whose parameters and configuration are in a file of any layout that {@link MimiCheckpoint} knows.
     *
     * @throws CheckpointException when the file cannot be read or does not say its configuration
     */
    public static Mimi load(Path file) throws CheckpointException {
        try (MimiCheckpoint checkpoint = MimiCheckpoint.open(file)) {
            return checkpoint.load();
        }
    }

    /**
     * Writes a file for use: Kyutai's layout, weight norm folded into plain weights, the configuration in the metadata.
     *
     * @throws CheckpointException when it cannot be written; a file that was there before is untouched then
     */
    public void save(Path file) throws CheckpointException {
        MimiExport.of(this).kyutai(file);
    }

    /** The configuration. */
    public MimiConfig config() {
        return config;
    }

    /** All parameters and buffers. */
    public StateDict stateDict() {
        return dict;
    }

    /**
     * Waveform to latent, before quantization: [B, channels, T] -> [B, dimension, frames], frames = ceil(T / frameSize);
     * the last one is filled up with zeros.
     */
    public Tensor encodeToLatent(Tensor wav) {
        return encodeToLatent(wav, NO_PROGRESS);
    }

    private Tensor encodeToLatent(Tensor wav, DoubleConsumer progress) {
        if (wav.rank() != 3 || wav.dim(1) != config.channels() || wav.dim(2) == 0) {
            throw new IllegalArgumentException(
                    "a waveform of shape [B, " + config.channels() + ", T] with T > 0 is needed, not " + wav.shape());
        }
        try (Scope scope = Scope.open()) {
            int missing = Math.floorMod(-wav.intDim(2), config.frameSize());
            Tensor padded = wav.pad(PadMode.CONSTANT, 2, 0, missing, 0);
            Tensor latent = encoderTransformer.forward(encoder.forward(padded, progress));
            return scope.keep(downsample == null ? latent : downsample.forward(latent));
        }
    }

    /** Waveform [B, channels, T] to codes int64 [B, codebooks, frames], using all codebooks. */
    public Tensor encode(Tensor wav) {
        return encode(wav, quantizer.levels());
    }

    /** Waveform [B, channels, T] to codes int64 [B, codebooks, frames], using the first few codebooks. */
    public Tensor encode(Tensor wav, int codebooks) {
        return encode(wav, codebooks, NO_PROGRESS);
    }

    /**
     * As {@link #encode(Tensor, int)}, for long waveforms.
     *
     * @param progress is told the share of the convolutions that is done, from time to time
     */
    public Tensor encode(Tensor wav, int codebooks, DoubleConsumer progress) {
        checkCodebooks(codebooks);
        try (Scope scope = Scope.open()) {
            return scope.keep(quantizer.encode(encodeToLatent(wav, progress), codebooks));
        }
    }

    /** Codes int64 [B, codebooks, frames], of all codebooks or the first few, to [B, channels, frames * frameSize]. */
    public Tensor decode(Tensor codes) {
        return decode(codes, NO_PROGRESS);
    }

    /**
     * As {@link #decode(Tensor)}, for long waveforms.
     *
     * @param progress is told the share of the convolutions that is done, from time to time
     */
    public Tensor decode(Tensor codes, DoubleConsumer progress) {
        if (codes.rank() != 3 || codes.dim(2) == 0) {
            throw new IllegalArgumentException(
                    "codes of shape [B, codebooks, frames] with frames > 0 are needed, not " + codes.shape());
        }
        checkCodebooks(codes.intDim(1));
        try (Scope scope = Scope.open()) {
            return scope.keep(decodeLatent(quantizer.decode(codes), progress));
        }
    }

    /** Latent [B, dimension, frames], quantized or not, to waveform [B, channels, frames * frameSize]. */
    public Tensor decodeLatent(Tensor latent) {
        return decodeLatent(latent, NO_PROGRESS);
    }

    private Tensor decodeLatent(Tensor latent, DoubleConsumer progress) {
        try (Scope scope = Scope.open()) {
            Tensor steps = upsample == null ? latent : upsample.forward(latent);
            return scope.keep(decoder.forward(decoderTransformer.forward(steps), progress));
        }
    }

    void checkCodebooks(int codebooks) {
        if (codebooks < 1 || codebooks > quantizer.levels()) {
            throw new IllegalArgumentException(
                    "this codec has 1 to " + quantizer.levels() + " codebooks, not " + codebooks);
        }
    }

    /**
     * What a training step gives; the tensors belong to the current scope.
     *
     * @param reconstruction [B, channels, T] of the input's length
     * @param semantic the semantic codebook's part of the quantized latent [B, dimension, frames], which distillation
     *     teaches
     * @param codes int64 [B, codebooks used, frames]
     * @param commitment scalar: mean squared distance of what the codebooks were given from their codes, over those
     *     used
     * @param metrics per codebook used
     */
    public record TrainingOutput(
            Tensor reconstruction, Tensor semantic, Tensor codes, Tensor commitment, List<CodebookMetrics> metrics) {}

    /** Encodes and decodes wav [B, channels, T] with gradients through the quantizer, and moves the codebooks. */
    public TrainingOutput forward(Tensor wav, TrainingStep step) {
        try (Scope scope = Scope.open()) {
            SplitResidualVectorQuantizer.Trained quantized = quantizer.train(encodeToLatent(wav), step);
            Tensor decoded = decodeLatent(quantized.latent());
            Tensor reconstruction = decoded.dim(2) == wav.dim(2) ? decoded : decoded.slice(2, 0, wav.dim(2));
            return new TrainingOutput(
                    scope.keep(reconstruction),
                    scope.keep(quantized.semantic()),
                    scope.keep(quantized.codes()),
                    scope.keep(quantized.commitment()),
                    quantized.metrics());
        }
    }

    // ---- streaming ------------------------------------------------------------------------------------------------

    /** As {@link #stream(int, DType)} with weights in the codec's own type: the results are those of the whole signal. */
    public MimiStream stream(int batch) {
        return stream(batch, dict.dtype());
    }

    /**
     * Begins a stream of several items. Sessions of one codec may run at once in several threads; they share its weights,
     * rearranged when the first one opens and freed with the last.
     *
     * @param batch number of items
     * @param weights the type in which weights are read: the codec's own, or BF16
     */
    public MimiStream stream(int batch, DType weights) {
        return new MimiStream(this, streams, streams.share(weights), batch);
    }

    // pcm: [B, frames * frameSize, channels] -> [B, frames, dimension]
    Tensor encodeToLatent(Tensor pcm, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor steps = encoderTransformer.forward(encoderConvolutions.forward(pcm, state), state);
            return scope.keep(downsample == null ? steps : downsample.forward(steps, state));
        }
    }

    // latent: [B, frames, dimension] -> [B, frames * frameSize, channels]
    Tensor decodeLatent(Tensor latent, StreamState state) {
        try (Scope scope = Scope.open()) {
            Tensor steps = upsample == null ? latent : upsample.forward(latent, state);
            return scope.keep(decoderConvolutions.forward(decoderTransformer.forward(steps, state), state));
        }
    }

    /** The quantizer, for those who look at single codebooks. */
    SplitResidualVectorQuantizer quantizer() {
        return quantizer;
    }

    /** Frees all parameters and buffers. */
    @Override
    public void close() {
        dict.close();
    }
}
