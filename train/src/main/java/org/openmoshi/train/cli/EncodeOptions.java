package org.openmoshi.train.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command that encodes takes: the recording, and how many codebooks; a {@link Mixin}. */
final class EncodeOptions {
    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "Audio: WAV, FLAC, MP3, Ogg Opus or AIFF of any sample rate; channels are mixed down.")
    @SuppressWarnings("NullAway.Init") // required
    private Path input;

    @Option(
            names = "--codebooks",
            paramLabel = "N",
            description = "Use the first N codebooks only: fewer bits, less detail. Default: all.")
    private @Nullable Integer codebooks;

    /** The recording. */
    Path input() {
        return input;
    }

    /** How many codebooks to use; whether the codec has as many is for the codec to say. */
    int codebooks(Mimi mimi) {
        return codebooks == null ? mimi.config().quantizer().nQ() : codebooks;
    }
}
