package org.openmoshi.train.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.train.codec.CodecFile;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every codec command takes: the codec, and the device; a {@link Mixin}. */
final class CodecOptions {
    @Option(
            names = "--checkpoint",
            paramLabel = "FILE|FOLDER",
            required = true,
            description =
                    "The codec: a safetensors file (this project's or Kyutai's), the folder of a training run, whose"
                            + " best codec is taken, that of one of its checkpoints, or one in Hugging Face's layout.")
    @SuppressWarnings("NullAway.Init") // required
    private Path checkpoint;

    @Option(
            names = "--config",
            paramLabel = "NAME|FILE",
            description = "The codec's configuration where its file does not hold it: mimi-24khz, small, tiny, or a"
                    + " YAML or JSON file.")
    private @Nullable String config;

    @Mixin
    @SuppressWarnings("unused") // it acts while the command line is parsed
    private DeviceOption device = new DeviceOption();

    /** The codec file or run folder. */
    Path checkpoint() {
        return checkpoint;
    }

    /** Loads the codec. */
    Mimi load() throws IOException {
        return CodecFile.load(checkpoint, config);
    }
}
