package org.openmoshi.train.text;

import ai.djl.sentencepiece.SpTokenizer;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A SentencePiece model (Kudo and Richardson 2018) from its {@code .model} file: unigram or BPE. Encoding is the library's
 * own; decoding works from the table of pieces, which is exact for every Unicode text.
 */
public final class TextTokenizer implements AutoCloseable {
    private static final int PIECES = 1; // field of ModelProto
    private static final int PIECE = 1; // fields of SentencePiece
    private static final int TYPE = 3;
    private static final int HEX_DIGITS = 16;

    /** What a token stands for; in the order of SentencePiece's numbers, from 1. */
    enum Kind {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    /** A token: its text, with U+2581 for a space. */
    record Piece(String text, Kind kind) {}

    private final SpTokenizer library;
    private final List<Piece> pieces;
    private final String fingerprint;

    private TextTokenizer(SpTokenizer library, List<Piece> pieces, String fingerprint) {
        this.library = library;
        this.pieces = pieces;
        this.fingerprint = fingerprint;
    }

    /**
     * Reads a model.
     *
     * @throws IOException when the file does not exist or is no SentencePiece model
     */
    public static TextTokenizer read(Path model) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(model);
        } catch (NoSuchFileException e) {
            throw new IOException("no tokenizer " + model + ": name a SentencePiece .model file", e);
        }
        List<Piece> pieces;
        try {
            pieces = pieces(bytes);
        } catch (IOException e) {
            throw new IOException(model + " is no SentencePiece model: " + e.getMessage(), e);
        }
        if (pieces.isEmpty()) {
            throw new IOException(model + " is no SentencePiece model: it has no pieces");
        }
        return new TextTokenizer(new SpTokenizer(bytes), pieces, fingerprint(bytes));
    }

    private static List<Piece> pieces(byte[] model) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        CodedInputStream in = CodedInputStream.newInstance(model);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == PIECES) {
                pieces.add(piece(CodedInputStream.newInstance(in.readByteArray())));
            } else if (!in.skipField(tag)) {
                throw new IOException("its fields end too early");
            }
        }
        return pieces;
    }

    private static Piece piece(CodedInputStream in) throws IOException {
        String text = "";
        Kind kind = Kind.NORMAL;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case PIECE -> text = in.readString();
                case TYPE -> {
                    int number = in.readEnum();
                    if (number < 1 || number > Kind.values().length) {
                        throw new IOException("a piece is of the unknown type " + number);
                    }
                    kind = Kind.values()[number - 1];
                }
                default -> in.skipField(tag);
            }
        }
        return new Piece(text, kind);
    }

    private static String fingerprint(byte[] model) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(model);
            return HexFormat.of().formatHex(digest).substring(0, HEX_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Number of tokens. */
    public int vocabularySize() {
        return pieces.size();
    }

    /** Tells models apart: the first digits of the file's SHA-256. */
    public String fingerprint() {
        return fingerprint;
    }

    /** The token of a control symbol such as {@code <s>}, or -1 where the model has none. */
    public int control(String symbol) {
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).kind() == Kind.CONTROL && pieces.get(id).text().equals(symbol)) {
                return id;
            }
        }
        return -1;
    }

    /** The tokens of a text, without control symbols. */
    public int[] encode(String text) {
        return text.isEmpty() ? new int[0] : library.getProcessor().encode(text);
    }

    /** The text of tokens; control symbols are left out, unknown ones are U+2047. */
    public String decode(int... ids) {
        Detokenizer detokenizer = new Detokenizer(this);
        StringBuilder text = new StringBuilder();
        Arrays.stream(ids).forEach(id -> text.append(detokenizer.accept(id)));
        return text.append(detokenizer.finish()).toString();
    }

    Piece piece(int id) {
        if (id < 0 || id >= pieces.size()) {
            throw new IllegalArgumentException(
                    "no text token " + id + ": the tokenizer has tokens 0 to " + (pieces.size() - 1));
        }
        return pieces.get(id);
    }

    /** Frees the library's model. */
    @Override
    public void close() {
        library.close();
    }
}
