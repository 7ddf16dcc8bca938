package org.openmoshi.train.audio;

import java.io.IOException;
import java.nio.file.Path;

/** An audio file that cannot be used: the message names the file, what is wrong with it and what to do. */
public final class AudioException extends IOException {

    private final String problem;

    /**
     * @param file the offending file
     * @param problem what is wrong, without the file's name
     * @param advice what the user can do about it
     */
    public AudioException(Path file, String problem, String advice) {
        super(file + ": " + problem + "; " + advice);
        this.problem = problem;
    }

    /** As above, for an error found by other code. */
    public AudioException(Path file, String problem, String advice, Throwable cause) {
        this(file, problem, advice);
        initCause(cause);
    }

    /** What is wrong, without file name and advice: what a list of skipped files shows. */
    public String problem() {
        return problem;
    }

    /** The file ends before the audio that its header promises. */
    static AudioException truncated(Path file, String detail) {
        return new AudioException(file, "truncated: " + detail, "copy or record the file again");
    }

    /** The bytes contradict the format. */
    static AudioException corrupt(Path file, String detail) {
        return new AudioException(file, "corrupt: " + detail, "copy or encode the file again");
    }

    /** A valid file of a kind that is not read here. */
    static AudioException unsupported(Path file, String detail) {
        return new AudioException(
                file, detail + " is not supported", "convert it to WAV or FLAC, for example with ffmpeg");
    }

    /** A valid file without a single sample. */
    static AudioException noSamples(Path file) {
        return new AudioException(file, "holds no samples", "record or encode the file again");
    }
}
