package org.openmoshi.models.mimi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.TensorFile;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A codec on disk in any layout that is known: finds out the layout and the configuration, and loads it. The
 * configuration is what the file says ({@code mimi_config} in its metadata), or a {@code config.json} of Hugging Face's
 * beside it; a file of Kyutai's that says nothing is their published codec with as many codebooks as it holds.
 */
public final class MimiCheckpoint implements AutoCloseable {
    /** The key of the configuration, a line of JSON, in the metadata of a file. */
    static final String CONFIG_KEY = "mimi_config";

    /** The configuration of a codec in Hugging Face's layout, beside its tensors. */
    static final String HUGGING_FACE_CONFIG = "config.json";

    private static final List<String> FILES = List.of("model.safetensors", "model" + TensorFile.INDEX_SUFFIX);

    private static final String PUBLISHED = "mimi-24khz";

    private final TensorFile source;
    private final MimiLayout layout;
    private final MimiConfig config;

    private MimiCheckpoint(TensorFile source, MimiLayout layout, MimiConfig config) {
        this.source = source;
        this.layout = layout;
        this.config = config;
    }

    /**
     * Opens a codec.
     *
     * @param path a safetensors file, an index of shards, or a folder with {@code model.safetensors} or its index
     * @throws CheckpointException when it cannot be read, is no codec, or does not say its configuration
     */
    public static MimiCheckpoint open(Path path) throws CheckpointException {
        return open(path, null);
    }

    /** As {@link #open(Path)}, with a configuration instead of the one that the file says. */
    public static MimiCheckpoint open(Path path, @Nullable MimiConfig named) throws CheckpointException {
        Path file = file(path);
        TensorFile source = TensorFile.open(file);
        try {
            MimiLayout layout = MimiLayout.of(source)
                    .orElseThrow(() -> new CheckpointException(file + " holds no Mimi codec: none of its "
                            + source.names().size() + " tensors has a name of one"));
            return new MimiCheckpoint(source, layout, named == null ? config(source, layout) : named);
        } catch (CheckpointException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** Whether a folder holds {@code model.safetensors} or its index of shards. */
    public static boolean isFolder(Path path) {
        return FILES.stream().anyMatch(name -> Files.isRegularFile(path.resolve(name)));
    }

    /** The file that holds the tensors of a codec's folder. */
    private static Path file(Path path) throws CheckpointException {
        if (!Files.isDirectory(path)) {
            return path;
        }
        return FILES.stream()
                .map(path::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new CheckpointException(
                        path + " is no folder of a codec: it has none of " + String.join(", ", FILES)));
    }

    private static MimiConfig config(TensorFile source, MimiLayout layout) throws CheckpointException {
        String json = source.metadata().get(CONFIG_KEY);
        if (json != null) {
            return MimiConfig.parse(source.file().toString(), json);
        }
        if (layout == MimiLayout.HUGGING_FACE) {
            Path beside = source.file().resolveSibling(HUGGING_FACE_CONFIG);
            if (!Files.exists(beside)) {
                throw new CheckpointException(source.file() + " does not say which configuration it is of: put its "
                        + HUGGING_FACE_CONFIG + " beside it, or name the configuration");
            }
            return HuggingFaceConfig.read(beside);
        }
        return published(source);
    }

    private static MimiConfig published(TensorFile source) throws CheckpointException {
        int codebooks = 0;
        for (String name : source.names()) {
            codebooks += name.endsWith("_codebook.embedding_sum") ? 1 : 0;
        }
        try {
            MimiConfig config = MimiConfig.preset(PUBLISHED).withCodebooks(codebooks);
            String first = "encoder.model.0.conv.conv.bias";
            if (source.shape(first).dim(0) == config.seanet().nFilters()) {
                return config;
            }
        } catch (ConfigException e) {
            // as few codebooks as no codec has
        }
        throw new CheckpointException(source.file() + " does not say which configuration it is of (no " + CONFIG_KEY
                + " in its metadata), and it is not " + PUBLISHED + "; name the configuration");
    }

    /** The layout of the file. */
    public MimiLayout layout() {
        return layout;
    }

    /** The codec's configuration. */
    public MimiConfig config() {
        return config;
    }

    /** The tensors, under the layout's names. */
    public TensorFile source() {
        return source;
    }

    /**
     * Loads the codec in float32, whatever type it is stored in.
     *
     * @throws CheckpointException listing all names and shapes, the model's own, that do not fit the configuration
     */
    public Mimi load() throws CheckpointException {
        Mimi mimi = Mimi.zeros(config);
        try {
            mimi.stateDict().load(inOwnNames(mimi));
            return mimi;
        } catch (CheckpointException | RuntimeException e) {
            mimi.close();
            throw e;
        }
    }

    private TensorSource inOwnNames(Mimi mimi) {
        return layout == MimiLayout.KYUTAI
                ? source
                : new TranslatedSource(
                        source,
                        layout,
                        mimi.stateDict().foldedNames(),
                        config.transformer().numHeads());
    }

    /** Values that are stored, apart from those of the codebooks. */
    public long parameterCount() throws CheckpointException {
        long count = 0;
        for (String name : source.names()) {
            count += name.contains("codebook.") ? 0 : source.shape(name).size();
        }
        return count;
    }

    /** Whether weights are stored as weight norm's two factors, as training has them. */
    public boolean hasWeightNorm() {
        return source.contains("encoder.model.0.conv.conv.weight_g");
    }

    /** Per codebook: the entropy of its use in training, 0 when one code took all, 1 when all were used alike. */
    public List<Double> codebookEntropies() throws CheckpointException {
        List<Double> entropies = new ArrayList<>();
        try (Scope _ = Scope.open()) {
            for (int level = 0; level < config.quantizer().nQ(); level++) {
                String own = CodebookLevel.path(level) + ".cluster_usage";
                Tensor usage = source.load(layout.names().other(own).getFirst(), DType.F64);
                entropies.add(CodebookMetrics.entropy(usage.toDoubles()));
            }
        }
        return entropies;
    }

    @Override
    public void close() {
        source.close();
    }
}
