package org.openmoshi.train.codec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiCheckpoint;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.train.mimi.RunFolder;

/**
 * Where users keep codecs: a safetensors file or its index of shards, a folder in Hugging Face's layout, or the folder
 * of a training run or of one of its checkpoints.
 */
public final class CodecFile {
    private CodecFile() {}

    /**
     * Loads a codec.
     *
     * @param checkpoint one of these; of a run's folder the best codec is taken
     * @param config a shipped configuration or a YAML or JSON file; not needed where the checkpoint holds it
     * @throws CheckpointException when there is none, or it is of another configuration
     */
    public static Mimi load(Path checkpoint, @Nullable String config) throws IOException {
        Path file = file(checkpoint);
        Mimi mimi = config == null ? Mimi.load(file) : Mimi.load(MimiConfig.named(config), file);
        if (mimi.config().channels() != 1) {
            int channels = mimi.config().channels();
            mimi.close();
            throw new CheckpointException(
                    file + " is a codec of " + channels + " channels, only mono codecs work on files");
        }
        return mimi;
    }

    /**
     * Where {@link #load} reads the codec from: a file, or a folder in Hugging Face's layout.
     *
     * @throws IOException when there is no codec in a folder
     */
    public static Path file(Path checkpoint) throws IOException {
        if (MimiCheckpoint.isFolder(checkpoint)) {
            return checkpoint;
        }
        if (Files.isDirectory(checkpoint)) {
            return RunFolder.isCheckpoint(checkpoint)
                    ? checkpoint.resolve(RunFolder.CODEC)
                    : RunFolder.bestCodec(checkpoint);
        }
        Path beside = checkpoint.resolveSibling(RunFolder.CODEC);
        if (Files.exists(checkpoint)
                && RunFolder.isCheckpoint(checkpoint.resolveSibling(""))
                && !Files.isSameFile(checkpoint, beside)) {
            throw new CheckpointException(
                    checkpoint + " is what training goes on from, not a codec: name the codec beside it, " + beside);
        }
        return checkpoint;
    }
}
