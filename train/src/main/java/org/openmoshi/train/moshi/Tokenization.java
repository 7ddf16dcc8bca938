package org.openmoshi.train.moshi;

import java.util.Arrays;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.audio.Audio;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.audio.AudioFile;

/** Turns conversations into tokens: both sides' codes by the codec, and the main speaker's words beside them. */
public final class Tokenization {
    private final Mimi mimi;
    private final Interleaver interleaver;
    private final int codebooks;

    /**
     * Uses, and does not own, a codec.
     *
     * @param codebooks how many of it to use
     */
    public Tokenization(Mimi mimi, Interleaver interleaver, int codebooks) {
        this.mimi = mimi;
        this.interleaver = interleaver;
        this.codebooks = codebooks;
    }

    /** Text and audio streams of a conversation. */
    public int streams() {
        return 1 + 2 * codebooks;
    }

    /**
     * The tokens of a conversation, [streams * frames], stream after stream.
     *
     * @throws AudioException when the recording cannot be read or is not stereo
     */
    public long[] tokens(Conversation conversation) throws AudioException {
        Audio audio = AudioFile.read(conversation.audio());
        if (audio.numChannels() != 2) {
            throw new AudioException(
                    conversation.audio(),
                    "it has " + audio.numChannels() + " channel" + (audio.numChannels() == 1 ? "" : "s"),
                    "a conversation has two: Moshi on the left, the user on the right");
        }
        long[] moshi = codes(audio, 0);
        long[] user = codes(audio, 1);
        int frames = moshi.length / codebooks;
        long[] tokens = new long[streams() * frames];
        long[] text = interleaver.stream(conversation.words(), audio.duration());
        Arrays.fill(tokens, 0, frames, MoshiConfig.ZERO_TOKEN);
        System.arraycopy(text, 0, tokens, 0, Math.min(frames, text.length));
        System.arraycopy(moshi, 0, tokens, frames, moshi.length);
        System.arraycopy(user, 0, tokens, frames + moshi.length, user.length);
        return tokens;
    }

    private long[] codes(Audio audio, int channel) {
        float[] samples = Audio.mono(audio.sampleRate(), audio.channels()[channel])
                .toMono(mimi.config().sampleRate())
                .mixDown();
        try (Scope _ = Scope.open()) {
            Tensor wav = Tensor.of(samples, 1, 1, samples.length);
            return mimi.encode(wav, codebooks).toLongs();
        }
    }

    /** What tokens of this kind are. */
    public TokenShards.Identity identity(String codec, String tokenizer, int textVocabulary) {
        return new TokenShards.Identity(
                codec,
                tokenizer,
                mimi.config().frameRate(),
                streams(),
                mimi.config().quantizer().bins(),
                textVocabulary);
    }
}
