package org.openmoshi.train.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns tokens into text as they arrive: {@link #accept} gives what is certain by then. Bytes are held back until they
 * make a character; the space before the first word is left out.
 */
public final class Detokenizer {
    private static final String SPACE = "\u2581";
    private static final String UNKNOWN = " \u2047 ";
    private static final int HEX = 16;

    private final TextTokenizer tokenizer;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean begun;

    /** Starts a text. */
    public Detokenizer(TextTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Takes a token; returns the text that it completes, which may be empty. */
    public String accept(int id) {
        TextTokenizer.Piece piece = tokenizer.piece(id);
        return switch (piece.kind()) {
            case CONTROL, UNUSED -> "";
            case BYTE -> {
                bytes.write(Integer.parseInt(piece.text().substring("<0x".length(), "<0xFF".length()), HEX));
                yield complete();
            }
            case UNKNOWN -> emit(finish() + UNKNOWN);
            case NORMAL, USER_DEFINED -> {
                String before = finish();
                String text = piece.text().replace(SPACE, " ");
                yield emit(before + (begun || !before.isEmpty() || !text.startsWith(" ") ? text : text.substring(1)));
            }
        };
    }

    /** The text of bytes that will not be completed, as U+FFFD. */
    public String finish() {
        String rest = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return emit(rest);
    }

    /** The characters that the bytes make, if the last one is whole. */
    private String complete() {
        byte[] held = bytes.toByteArray();
        int whole = held.length - unfinished(held);
        bytes.reset();
        bytes.write(held, whole, held.length - whole);
        return emit(new String(Arrays.copyOf(held, whole), StandardCharsets.UTF_8));
    }

    /** How many bytes at the end begin a character that needs more. */
    private static int unfinished(byte[] held) {
        for (int back = 1; back <= Math.min(3, held.length); back++) {
            int lead = held[held.length - back] & 0xFF;
            if (lead >= 0xC0) {
                int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
                return back < length ? back : 0;
            }
            if (lead < 0x80) {
                return 0;
            }
        }
        return 0;
    }

    private String emit(String text) {
        begun |= !text.isEmpty();
        return text;
    }
}
