package org.openmoshi.train.audio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Takes an Ogg file with one stream apart into packets (RFC 3533), checking every page. */
final class OggPackets {

    private static final int CONTINUED = 1;
    private static final int FIRST_PAGE = 2;
    private static final int LAST_PAGE = 4;
    private static final int HEADER_BYTES = 27;
    private static final int[] CRC = crcTable();

    private OggPackets() {}

    /**
     * One packet.
     *
     * @param data its bytes
     * @param page ordinal of the page on which it ends
     * @param granule that page's granule position
     */
    record Packet(byte[] data, int page, long granule) {}

    /** @throws AudioException if a page is damaged or missing, or the file holds more than one stream */
    static List<Packet> read(Path file, byte[] data) throws AudioException {
        List<Packet> packets = new ArrayList<>();
        ByteArrayOutputStream partial = new ByteArrayOutputStream();
        ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        int flags = 0;
        for (int page = 0; (flags & LAST_PAGE) == 0; page++) {
            int next = pageEnd(file, data, at);
            flags = data[at + 5];
            if (page > 0 && ((flags & FIRST_PAGE) != 0 || in.getInt(at + 14) != in.getInt(14))) {
                throw AudioException.unsupported(file, "an Ogg file with several streams");
            }
            if (in.getInt(at + 18) != in.getInt(18) + page) {
                throw AudioException.corrupt(file, "a page is missing before byte " + at);
            }
            if (((flags & CONTINUED) != 0) != (partial.size() > 0)) {
                throw AudioException.corrupt(file, "a packet lacks its other half at byte " + at);
            }
            int segments = data[at + 26] & 0xFF;
            int body = at + HEADER_BYTES + segments;
            for (int s = 0; s < segments; s++) {
                int lacing = data[at + HEADER_BYTES + s] & 0xFF;
                partial.write(data, body, lacing);
                body += lacing;
                if (lacing < 255) {
                    packets.add(new Packet(partial.toByteArray(), page, in.getLong(at + 6)));
                    partial.reset();
                }
            }
            at = next;
        }
        if (at < data.length) {
            throw AudioException.unsupported(file, "an Ogg file with several streams, or with data after its end,");
        }
        if (partial.size() > 0) {
            throw AudioException.truncated(file, "its last packet is incomplete");
        }
        return packets;
    }

    private static int pageEnd(Path file, byte[] data, int at) throws AudioException {
        if (at == data.length) {
            throw AudioException.truncated(file, "its last page is missing");
        }
        if (at + HEADER_BYTES > data.length) {
            throw AudioException.truncated(file, "it ends inside the page at byte " + at);
        }
        if (!new String(data, at, 4, StandardCharsets.ISO_8859_1).equals("OggS")) {
            throw AudioException.corrupt(file, "no Ogg page at byte " + at);
        }
        int segments = data[at + 26] & 0xFF;
        int end = at + HEADER_BYTES + segments;
        for (int s = 0; s < segments && end <= data.length; s++) {
            end += data[at + HEADER_BYTES + s] & 0xFF;
        }
        if (end > data.length) {
            throw AudioException.truncated(file, "it ends inside the page at byte " + at);
        }
        int stored = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 22);
        if (checksum(data, at, end) != stored) {
            throw AudioException.corrupt(file, "the page at byte " + at + " fails its checksum");
        }
        return end;
    }

    /** CRC-32 with polynomial 0x04C11DB7, not reflected, start 0, over the page with its checksum field as zeros. */
    private static int checksum(byte[] data, int start, int end) {
        int crc = 0;
        for (int i = start; i < end; i++) {
            int octet = i - start >= 22 && i - start < 26 ? 0 : data[i];
            crc = crc << 8 ^ CRC[(crc >>> 24 ^ octet) & 0xFF];
        }
        return crc;
    }

    private static int[] crcTable() {
        int[] table = new int[256];
        for (int i = 0; i < 256; i++) {
            int r = i << 24;
            for (int bit = 0; bit < 8; bit++) {
                r = r < 0 ? r << 1 ^ 0x04C11DB7 : r << 1;
            }
            table[i] = r;
        }
        return table;
    }
}
