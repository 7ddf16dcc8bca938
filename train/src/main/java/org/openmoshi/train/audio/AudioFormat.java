package org.openmoshi.train.audio;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The containers that can be read, recognised by their first bytes whatever the file is called. */
public enum AudioFormat {
    WAV,
    AIFF,
    FLAC,
    MP3,
    OGG_OPUS;

    /** How many leading bytes {@link #sniff} wants to see (fewer if the file is shorter). */
    static final int SNIFF_BYTES = 64;

    /**
     * Recognises a file by its first bytes.
     *
     * @param head the first {@link #SNIFF_BYTES} bytes, or all of a shorter file
     * @throws AudioException if the content is of no supported kind
     */
    static AudioFormat sniff(Path file, byte[] head) throws AudioException {
        if (matches(head, 0, "RIFF") || matches(head, 0, "RF64") || matches(head, 0, "BW64")) {
            if (head.length >= 12 && !matches(head, 8, "WAVE")) {
                throw AudioException.unsupported(file, "a RIFF file that is not WAVE");
            }
            return WAV;
        }
        if (matches(head, 0, "FORM")) {
            return AIFF;
        }
        if (matches(head, 0, "fLaC")) {
            return FLAC;
        }
        if (matches(head, 0, "OggS")) {
            return sniffOgg(file, head);
        }
        if (matches(head, 0, "ID3") || Mp3Frames.isHeader(head, 0)) {
            return MP3;
        }
        if (matches(head, 4, "ftyp")) {
            throw AudioException.unsupported(file, "MP4 or M4A audio");
        }
        throw new AudioException(
                file,
                "is not audio of a known kind",
                "supported are WAV, AIFF, FLAC, MP3 and Ogg Opus (recognised by content, not by name)");
    }

    /** The first packet of the first page tells the codec: it follows the 27 bytes and one lacing value. */
    private static AudioFormat sniffOgg(Path file, byte[] head) throws AudioException {
        int packet = head.length > 26 ? 27 + (head[26] & 0xFF) : head.length;
        if (matches(head, packet + 1, "vorbis")) {
            throw AudioException.unsupported(file, "Ogg Vorbis");
        }
        if (matches(head, packet + 1, "FLAC")) {
            throw AudioException.unsupported(file, "FLAC inside Ogg");
        }
        if (matches(head, packet, "Speex")) {
            throw AudioException.unsupported(file, "Ogg Speex");
        }
        return OGG_OPUS;
    }

    private static boolean matches(byte[] head, int at, String tag) {
        byte[] expected = tag.getBytes(StandardCharsets.ISO_8859_1);
        if (head.length < at + expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (head[at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
