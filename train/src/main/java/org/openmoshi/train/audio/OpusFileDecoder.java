package org.openmoshi.train.audio;

import io.github.jaredmdobson.concentus.OpusDecoder;
import io.github.jaredmdobson.concentus.OpusException;
import io.github.jaredmdobson.concentus.OpusMSDecoder;
import io.github.jaredmdobson.concentus.OpusPacketInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.train.audio.OggPackets.Packet;

/** Ogg Opus (RFC 7845) through Concentus, at 48 kHz, from the end of the pre-skip to the last granule position.
 * More than two channels come in Vorbis's order (front left, centre, front right, ...). */
final class OpusFileDecoder {

    private static final int SAMPLE_RATE = 48_000;

    /** The longest packet: 120 ms. */
    private static final int MAX_PACKET_SAMPLES = 5760;

    /** OpusHead and OpusTags. */
    private static final int HEADER_PACKETS = 2;

    private OpusFileDecoder() {}

    /**
     * The identification header.
     *
     * @param preSkip decoded samples that precede the recording
     * @param gain factor on all samples
     * @param streams Opus streams of which {@code coupled} are stereo
     * @param mapping output channel to decoded channel, or empty for mapping family 0 (mono or stereo)
     */
    private record Head(int numChannels, int preSkip, float gain, int streams, int coupled, short[] mapping) {}

    /** Which decoded samples are the recording. */
    private record Span(int start, int end) {}

    static AudioInfo probe(Path file, byte[] data) throws AudioException {
        List<Packet> packets = OggPackets.read(file, data);
        Head head = head(file, packets);
        Span span = span(file, packets, head);
        return new AudioInfo(AudioFormat.OGG_OPUS, SAMPLE_RATE, head.numChannels, span.end - span.start);
    }

    static Audio decode(Path file, byte[] data) throws IOException {
        List<Packet> packets = OggPackets.read(file, data);
        Head head = head(file, packets);
        Span span = span(file, packets, head);
        SampleBuffer samples = new SampleBuffer(file, head.numChannels);
        short[] pcm = new short[MAX_PACKET_SAMPLES * head.numChannels];
        float scale = head.gain * 0x1p-15f;
        try {
            PacketDecoder decoder = decoder(head);
            for (Packet packet : packets.subList(HEADER_PACKETS, packets.size())) {
                int count = decoder.decode(packet.data(), pcm);
                if (count != packetSamples(file, packet)) {
                    throw AudioException.corrupt(
                            file, "an Opus packet near sample " + samples.length() + " cannot be decoded");
                }
                samples.grow(count);
                for (int c = 0; c < head.numChannels; c++) {
                    for (int i = 0; i < count; i++) {
                        samples.put(c, i, pcm[i * head.numChannels + c] * scale);
                    }
                }
                samples.advance(count);
            }
        } catch (OpusException | RuntimeException | AssertionError e) {
            // Concentus reports what it does not expect in a packet by assertion.
            throw new AudioException(
                    file, "corrupt: its Opus packets cannot be decoded", "copy or encode the file again", e);
        }
        return samples.toAudio(SAMPLE_RATE, span.start, span.end);
    }

    private interface PacketDecoder {
        int decode(byte[] packet, short[] pcm) throws OpusException;
    }

    private static PacketDecoder decoder(Head head) throws OpusException {
        if (head.mapping.length == 0) {
            OpusDecoder decoder = new OpusDecoder(SAMPLE_RATE, head.numChannels);
            return (packet, pcm) -> decoder.decode(packet, 0, packet.length, pcm, 0, MAX_PACKET_SAMPLES, false);
        }
        OpusMSDecoder decoder =
                OpusMSDecoder.create(SAMPLE_RATE, head.numChannels, head.streams, head.coupled, head.mapping);
        return (packet, pcm) -> decoder.decodeMultistream(packet, 0, packet.length, pcm, 0, MAX_PACKET_SAMPLES, 0);
    }

    private static Head head(Path file, List<Packet> packets) throws AudioException {
        byte[] data = packets.isEmpty() ? new byte[0] : packets.get(0).data();
        if (data.length < 19 || !new String(data, 0, 8, StandardCharsets.ISO_8859_1).equals("OpusHead")) {
            throw AudioException.unsupported(file, "an Ogg stream that is not Opus");
        }
        ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        if ((data[8] & 0xF0) != 0) {
            throw AudioException.unsupported(file, "Opus header version " + (data[8] & 0xFF));
        }
        int numChannels = data[9] & 0xFF;
        AudioFile.checkHeader(file, SAMPLE_RATE, numChannels);
        int preSkip = in.getShort(10) & 0xFFFF;
        float gain = (float) Math.pow(10, in.getShort(16) / (20.0 * 256));
        if (data[18] == 0) {
            if (numChannels > 2) {
                throw AudioException.corrupt(file, "its Opus header gives no mapping for " + numChannels + " channels");
            }
            return new Head(numChannels, preSkip, gain, 1, numChannels - 1, new short[0]);
        }
        if (data.length < 21 + numChannels) {
            throw AudioException.corrupt(file, "its Opus header lacks the channel mapping");
        }
        short[] mapping = new short[numChannels];
        for (int c = 0; c < numChannels; c++) {
            mapping[c] = (short) (data[21 + c] & 0xFF);
        }
        return new Head(numChannels, preSkip, gain, data[19] & 0xFF, data[20] & 0xFF, mapping);
    }

    /** RFC 7845, section 4: the first page tells where the stream starts, the last one where it ends. */
    private static Span span(Path file, List<Packet> packets, Head head) throws AudioException {
        if (packets.size() <= HEADER_PACKETS) {
            throw AudioException.noSamples(file);
        }
        int firstPage = packets.get(HEADER_PACKETS).page();
        long firstPageSamples = 0;
        long decoded = 0;
        for (Packet packet : packets.subList(HEADER_PACKETS, packets.size())) {
            int count = packetSamples(file, packet);
            decoded += count;
            if (packet.page() == firstPage) {
                firstPageSamples += count;
            }
            AudioFile.checkDecodedSize(file, decoded, head.numChannels);
        }
        // A recording cut out of a longer one starts at a later position; never at a negative one.
        long origin = Math.max(0, packets.get(HEADER_PACKETS).granule() - firstPageSamples);
        long end = Math.min(decoded, packets.get(packets.size() - 1).granule() - origin);
        if (end <= head.preSkip) {
            throw AudioException.noSamples(file);
        }
        return new Span(head.preSkip, (int) end);
    }

    private static int packetSamples(Path file, Packet packet) throws AudioException {
        byte[] data = packet.data();
        int count = data.length == 0 ? 0 : OpusPacketInfo.getNumSamples(data, 0, data.length, SAMPLE_RATE);
        if (count <= 0 || count > MAX_PACKET_SAMPLES) {
            throw AudioException.corrupt(file, "it holds an impossible Opus packet of " + data.length + " bytes");
        }
        return count;
    }
}
