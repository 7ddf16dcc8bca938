package org.openmoshi.train.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.openmoshi.train.audio.PcmFormat;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a command takes that can work on a stream instead of files; a {@link Mixin}. */
final class StreamOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--stream",
            description =
                    "Take standard input to standard output, a frame at a time; each leaves as soon as it is there.")
    private boolean stream;

    @Option(
            names = "--pcm",
            paramLabel = "FORMAT",
            description = "With --stream, the samples: wav (the default), or without a header s16le or f32le, which are"
                    + " mono at the codec's sample rate.")
    private @Nullable PcmFormat pcm;

    /**
     * Whether to work on a stream.
     *
     * @param files those that are named, null where none is; a stream has none, otherwise all are needed
     * @throws ParameterException when the options do not go together
     */
    boolean isOn(@Nullable Object... files) {
        for (Object file : files) {
            if (stream && file != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--stream goes from standard input to standard output: leave out '" + file + "'");
            }
            if (!stream && file == null) {
                throw new ParameterException(
                        spec.commandLine(), "Missing files: name input and output, or use --stream");
            }
        }
        if (!stream && pcm != null) {
            throw new ParameterException(spec.commandLine(), "--pcm goes with --stream only");
        }
        return stream;
    }

    /** The samples' format. */
    PcmFormat pcm() {
        return pcm == null ? PcmFormat.WAV : pcm;
    }

    /** Standard input, from which no more is read than is asked for. */
    InputStream input() {
        return new FileInputStream(FileDescriptor.in);
    }

    /** Standard output, whose errors are not swallowed as those of {@link System#out} are. */
    OutputStream output() {
        return new StandardOutput();
    }
}
