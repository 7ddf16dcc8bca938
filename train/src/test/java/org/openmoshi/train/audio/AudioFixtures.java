package org.openmoshi.train.audio;

import io.github.jaredmdobson.concentus.OpusApplication;
import io.github.jaredmdobson.concentus.OpusEncoder;
import io.github.jaredmdobson.concentus.OpusException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.gagravarr.opus.OpusAudioData;
import org.gagravarr.opus.OpusFile;
import org.gagravarr.opus.OpusInfo;
import org.gagravarr.opus.OpusTags;

/** Audio files of every format, made in code. */
public final class AudioFixtures {

    private AudioFixtures() {}

    /** Tone and chirp, different in each channel; the encoded files among the test resources hold the same signal. */
    public static Audio tone(int sampleRate, int numChannels, int length) {
        float[][] channels = new float[numChannels][length];
        for (int c = 0; c < numChannels; c++) {
            for (int i = 0; i < length; i++) {
                double t = (double) i / sampleRate;
                channels[c][i] = (float)
                        (0.4 * Math.sin(2 * Math.PI * 440 * t + c) + 0.2 * Math.sin(2 * Math.PI * (700 + 900 * t) * t));
            }
        }
        return new Audio(sampleRate, channels);
    }

    static byte[] resource(String name) {
        try (InputStream in = AudioFixtures.class.getResourceAsStream("/audio/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** WAV in PCM (8 to 32 bits) or float (32, 64 bits). */
    public static byte[] wav(Audio audio, int bits, boolean isFloat, boolean extensible) {
        byte[] data = samples(audio, bits, isFloat, bits == 8, ByteOrder.LITTLE_ENDIAN);
        int frameBytes = audio.numChannels() * bits / 8;
        int formatBytes = extensible ? 40 : 16;
        ByteBuffer out = ByteBuffer.allocate(28 + formatBytes + data.length).order(ByteOrder.LITTLE_ENDIAN);
        int tag = isFloat ? 3 : 1;
        out.put(ascii("RIFF")).putInt(out.capacity() - 8).put(ascii("WAVEfmt ")).putInt(formatBytes);
        out.putShort((short) (extensible ? 0xFFFE : tag)).putShort((short) audio.numChannels());
        out.putInt(audio.sampleRate()).putInt(audio.sampleRate() * frameBytes);
        out.putShort((short) frameBytes).putShort((short) bits);
        if (extensible) {
            out.putShort((short) 22).putShort((short) bits).putInt(0);
            out.putShort((short) tag).put(new byte[14]);
        }
        return out.put(ascii("data")).putInt(data.length).put(data).array();
    }

    public static byte[] wav16(Audio audio) {
        return wav(audio, 16, false, false);
    }

    /** AIFF, or AIFF-C if a compression type is given. */
    static byte[] aiff(Audio audio, int bits, String compression) {
        boolean isFloat = compression.startsWith("fl");
        ByteOrder order = compression.equals("sowt") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        byte[] data = samples(audio, bits, isFloat, false, order);
        boolean compressed = !compression.isEmpty();
        int commonBytes = compressed ? 24 : 18;
        ByteBuffer out = ByteBuffer.allocate(12 + 8 + commonBytes + 16 + data.length);
        out.put(ascii("FORM")).putInt(out.capacity() - 8).put(ascii(compressed ? "AIFC" : "AIFF"));
        out.put(ascii("COMM")).putInt(commonBytes);
        out.putShort((short) audio.numChannels()).putInt(audio.length()).putShort((short) bits);
        int exponent = 31 - Integer.numberOfLeadingZeros(audio.sampleRate());
        out.putShort((short) (16383 + exponent)).putLong((long) audio.sampleRate() << (63 - exponent));
        if (compressed) {
            out.put(ascii(compression)).putShort((short) 0);
        }
        return out.put(ascii("SSND"))
                .putInt(8 + data.length)
                .putLong(0)
                .put(data)
                .array();
    }

    private static byte[] samples(Audio audio, int bits, boolean isFloat, boolean unsigned, ByteOrder order) {
        int bytes = bits / 8;
        ByteBuffer out = ByteBuffer.allocate(audio.length() * audio.numChannels() * bytes)
                .order(order);
        for (int i = 0; i < audio.length(); i++) {
            for (float[] channel : audio.channels()) {
                if (isFloat) {
                    if (bits == 32) {
                        out.putFloat(channel[i]);
                    } else {
                        out.putDouble(channel[i]);
                    }
                    continue;
                }
                long value = Math.round(channel[i] * (double) (1L << (bits - 1))) + (unsigned ? 128 : 0);
                for (int b = 0; b < bytes; b++) {
                    int shift = order == ByteOrder.LITTLE_ENDIAN ? 8 * b : 8 * (bytes - 1 - b);
                    out.put((byte) (value >> shift));
                }
            }
        }
        return out.array();
    }

    /** FLAC with uncompressed (verbatim) subframes; {@code bits} is 16 or 24. */
    public static byte[] flac(Audio audio, int bits, int blockSize) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ascii("fLaC"));
        out.writeBytes(new byte[] {0, 0, 0, 34});
        ByteBuffer info = ByteBuffer.allocate(34);
        info.putShort((short) blockSize).putShort((short) blockSize).put(new byte[6]);
        info.putLong((long) audio.sampleRate() << 44
                | (long) (audio.numChannels() - 1) << 41
                | (long) (bits - 1) << 36
                | audio.length());
        out.writeBytes(info.array());
        // A tag block whose count of entries is a lie: decoders must not believe it.
        out.writeBytes(new byte[] {(byte) 0x84, 0, 0, 8, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x7F});
        for (int start = 0, frame = 0; start < audio.length(); start += blockSize, frame++) {
            int length = Math.min(blockSize, audio.length() - start);
            float[][] block = new float[audio.numChannels()][];
            for (int c = 0; c < block.length; c++) {
                block[c] = Arrays.copyOfRange(audio.channels()[c], start, start + length);
            }
            out.writeBytes(flacFrame(new Audio(audio.sampleRate(), block), bits, frame));
        }
        return out.toByteArray();
    }

    private static byte[] flacFrame(Audio block, int bits, int frame) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0xFF);
        out.write(0xF8);
        out.write(0x70); // 16 bits of block size follow, rate as in the stream information
        out.write(block.numChannels() - 1 << 4 | (bits == 16 ? 4 : 6) << 1);
        out.write(frame); // one byte of UTF-8
        out.write(block.length() - 1 >> 8);
        out.write(block.length() - 1);
        out.write(crc(out.toByteArray(), 8, 0x07));
        for (float[] channel : block.channels()) {
            out.write(1 << 1); // verbatim
            for (float sample : channel) {
                long value = Math.round(sample * (double) (1L << (bits - 1)));
                for (int shift = bits - 8; shift >= 0; shift -= 8) {
                    out.write((int) (value >> shift));
                }
            }
        }
        int crc = crc(out.toByteArray(), 16, 0x8005);
        out.write(crc >> 8);
        out.write(crc);
        return out.toByteArray();
    }

    private static int crc(byte[] data, int bits, int polynomial) {
        int crc = 0;
        for (byte octet : data) {
            crc ^= (octet & 0xFF) << (bits - 8);
            for (int i = 0; i < 8; i++) {
                crc = (crc & 1 << (bits - 1)) != 0 ? crc << 1 ^ polynomial : crc << 1;
            }
        }
        return crc & (1 << bits) - 1;
    }

    private static final int OPUS_FRAME = 960; // samples: 20 ms

    /** Ogg Opus of 48 kHz audio with the exact length in the last granule position. */
    static byte[] opus(Audio audio) {
        return opus(audio, opusPackets(audio), packet -> packet);
    }

    /** The packets of {@link #opus(Audio)}. */
    static List<byte[]> opusPackets(Audio audio) {
        try {
            OpusEncoder encoder = opusEncoder(audio);
            int total = audio.length() + encoder.getLookahead();
            List<byte[]> packets = new ArrayList<>();
            byte[] packet = new byte[4000];
            for (int start = 0; start < total; start += OPUS_FRAME) {
                short[] pcm = new short[OPUS_FRAME * audio.numChannels()];
                for (int i = 0; i < OPUS_FRAME && start + i < audio.length(); i++) {
                    for (int c = 0; c < audio.numChannels(); c++) {
                        pcm[i * audio.numChannels() + c] = (short) (audio.channels()[c][start + i] * 32767);
                    }
                }
                packets.add(Arrays.copyOf(packet, encoder.encode(pcm, 0, OPUS_FRAME, packet, 0, packet.length)));
            }
            return packets;
        } catch (OpusException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ogg Opus of the given packets, each changed first: hostile packets under valid checksums. */
    static byte[] opus(Audio audio, List<byte[]> packets, UnaryOperator<byte[]> edit) {
        try {
            int preSkip = opusEncoder(audio).getLookahead();
            OpusInfo info = new OpusInfo();
            info.setNumChannels(audio.numChannels());
            info.setSampleRate(48_000);
            info.setPreSkip(preSkip);
            info.setOutputGain(0);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            OpusFile file = new OpusFile(out, info, new OpusTags());
            for (int i = 0; i < packets.size(); i++) {
                OpusAudioData data = new OpusAudioData(edit.apply(packets.get(i)));
                data.setGranulePosition(Math.min(audio.length() + preSkip, (i + 1L) * OPUS_FRAME));
                file.writeAudioData(data);
            }
            file.close();
            return out.toByteArray();
        } catch (OpusException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OpusEncoder opusEncoder(Audio audio) throws OpusException {
        OpusEncoder encoder = new OpusEncoder(48_000, audio.numChannels(), OpusApplication.OPUS_APPLICATION_AUDIO);
        encoder.setBitrate(96_000);
        return encoder;
    }
}
