package org.openmoshi.train.codec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.DoubleConsumer;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioFile;

/** Takes a recording through a codec: any rate and number of channels in, mono at the codec's rate out. */
public final class Coder {
    private final Mimi mimi;

    /** A coder that uses, and does not own, a codec. */
    public Coder(Mimi mimi) {
        this.mimi = mimi;
    }

    /** Reads a recording as the codec takes it: mixed down to mono and resampled. */
    public Audio read(Path file) throws IOException {
        return AudioFile.read(file).toMono(mimi.config().sampleRate());
    }

    /**
     * Encodes a recording of {@link #read}; the codes belong to the current scope.
     *
     * @param codebooks how many to use, from the first on
     * @param progress is told the share of the work that is done
     */
    public CodesFile encode(Audio audio, int codebooks, DoubleConsumer progress) {
        try (Scope scope = Scope.open()) {
            Tensor wav = Tensor.of(audio.mixDown(), 1, 1, audio.length());
            return CodesFile.of(mimi, scope.keep(mimi.encode(wav, codebooks, progress)), audio.length());
        }
    }

    /** Decodes codes that this codec made, to the length of the recording. */
    public Audio decode(CodesFile codes, DoubleConsumer progress) {
        try (Scope _ = Scope.open()) {
            float[] samples = mimi.decode(codes.codes(), progress).toFloats();
            return Audio.mono(codes.origin().sampleRate(), Arrays.copyOf(samples, Math.toIntExact(codes.length())));
        }
    }
}
