package org.openmoshi.train.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What every command that encodes takes: the recording, and how many codebooks; a {@link Mixin}. */
final class EncodeOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "IN",
            description = "Audio: WAV, FLAC, MP3, Ogg Opus or AIFF of any sample rate; channels are mixed down.")
    private @Nullable Path input;

    @Option(
            names = "--codebooks",
            paramLabel = "N",
            description = "Use the first N codebooks only: fewer bits, less detail. Default: all.")
    private @Nullable Integer codebooks;

    /** The recording's file, if one is named. */
    @Nullable Path file() {
        return input;
    }

    /** The recording's file, which must be named. */
    Path input() {
        if (input == null) {
            throw new ParameterException(spec.commandLine(), "Missing required parameter: 'IN'");
        }
        return input;
    }

    /** How many codebooks to use; whether the codec has as many is for the codec to say. */
    int codebooks(Mimi mimi) {
        return codebooks == null ? mimi.config().quantizer().nQ() : codebooks;
    }
}
