package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.WavWriter;

/** The audio file that a command writes. */
final class WavOutput {
    private WavOutput() {}

    /** Writes a decoded recording and says so in one line. */
    static void write(Path file, Audio audio, PrintWriter out) throws IOException {
        long clipped = WavWriter.writePcm16(file, audio);
        out.printf(
                Locale.ROOT,
                "%s: %.2f s at %d Hz%s%n",
                file,
                audio.duration(),
                audio.sampleRate(),
                clipped == 0 ? "" : ", " + clipped + " samples were too loud and held at the limit");
        out.flush();
    }
}
