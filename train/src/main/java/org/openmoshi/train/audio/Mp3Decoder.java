package org.openmoshi.train.audio;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import javazoom.jl.decoder.Bitstream;
import javazoom.jl.decoder.Decoder;
import javazoom.jl.decoder.Header;
import javazoom.jl.decoder.JavaLayerException;
import javazoom.jl.decoder.Obuffer;

/** MP3 through JLayer, which is shown whole audio frames only; encoder and decoder delay are cut off. */
final class Mp3Decoder {

    /** JLayer scales full amplitude to this. */
    private static final float FULL_SCALE = 32700f;

    private Mp3Decoder() {}

    static AudioInfo probe(Path file, byte[] data) throws AudioException {
        Mp3Frames frames = Mp3Frames.scan(file, data);
        if (frames.length() == 0) {
            throw AudioException.noSamples(file);
        }
        return new AudioInfo(AudioFormat.MP3, frames.sampleRate(), frames.numChannels(), frames.length());
    }

    static Audio decode(Path file, byte[] data) throws IOException {
        Mp3Frames frames = Mp3Frames.scan(file, data);
        SampleBuffer samples = new SampleBuffer(file, frames.numChannels());
        Bitstream stream = new Bitstream(new ByteArrayInputStream(data, frames.start(), frames.end() - frames.start()));
        Decoder decoder = new Decoder();
        FrameSink sink = new FrameSink(samples, frames);
        decoder.setOutputBuffer(sink);
        try {
            for (int i = 0; i < frames.count(); i++) {
                Header header = stream.readFrame();
                if (header == null) {
                    throw AudioException.corrupt(
                            file, "only " + i + " of its " + frames.count() + " MP3 frames can be decoded");
                }
                // A frame whose bit reservoir lies before the start of a cut file yields nothing: it stays silent.
                sink.begin();
                decoder.decodeFrame(header, stream);
                stream.closeFrame();
                samples.advance(frames.samplesPerFrame());
            }
        } catch (JavaLayerException | RuntimeException e) {
            throw new AudioException(
                    file, "corrupt: its MP3 frames cannot be decoded", "copy or encode the file again", e);
        }
        return samples.toAudio(frames.sampleRate(), frames.trimStart(), samples.length() - frames.trimEnd());
    }

    /** Takes the synthesis filter's floats as they are, before JLayer would round them to 16 bits. */
    private static final class FrameSink extends Obuffer {

        private final SampleBuffer samples;
        private final Mp3Frames frames;
        private final int[] filled = new int[MAXCHANNELS];

        FrameSink(SampleBuffer samples, Mp3Frames frames) {
            this.samples = samples;
            this.frames = frames;
        }

        void begin() throws AudioException {
            samples.grow(frames.samplesPerFrame());
            Arrays.fill(filled, 0);
        }

        @Override
        public void appendSamples(int channel, float[] block) {
            for (float sample : block) {
                append(channel, sample);
            }
        }

        @Override
        public void append(int channel, short sample) {
            append(channel, (float) sample);
        }

        private void append(int channel, float sample) {
            if (channel >= frames.numChannels() || filled[channel] >= frames.samplesPerFrame()) {
                throw new IllegalStateException("an MP3 frame decodes to more than its header says");
            }
            samples.put(channel, filled[channel]++, sample / FULL_SCALE);
        }

        @Override
        public void write_buffer(int value) {}

        @Override
        public void close() {}

        @Override
        public void clear_buffer() {}

        @Override
        public void set_stop_flag() {}
    }
}
