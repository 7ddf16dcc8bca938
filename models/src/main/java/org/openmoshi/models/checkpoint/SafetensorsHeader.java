package org.openmoshi.models.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;

/**
 * The JSON header of a safetensors file: what is stored where. Nothing of it is believed before it was checked: names,
 * types, sizes, and that the tensors fill the data without gap or overlap.
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    static final int MAX_NAME_LENGTH = 1024;
    static final int MAX_RANK = 16;
    private static final String METADATA = "__metadata__";
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(4)
                    .maxNumberLength(20)
                    .maxNameLength(MAX_NAME_LENGTH)
                    .build())
            .build();

    /** A tensor: its bytes are [begin, end) of the data that follows the header. */
    record Entry(String name, DType dtype, Shape shape, long begin, long end) {}

    /** Parses and checks a header for {@code dataBytes} bytes of data. */
    static SafetensorsHeader parse(Path file, String json, long dataBytes) throws CheckpointException {
        if (!json.startsWith("{")) {
            throw CheckpointException.invalid(file, "the header does not start with '{'");
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (name.equals(METADATA)) {
                    readMetadata(file, parser, metadata);
                } else {
                    checkName(file, name);
                    entries.put(name, readEntry(file, name, parser));
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw CheckpointException.invalid(file, "the header is not one JSON object");
            }
        } catch (JsonProcessingException e) {
            throw CheckpointException.invalid(file, "the header is not valid JSON: " + e.getOriginalMessage());
        } catch (CheckpointException e) {
            throw e;
        } catch (IOException e) {
            throw new CheckpointException(file + ": " + e.getMessage(), e);
        }
        checkLayout(file, entries.values(), dataBytes);
        return new SafetensorsHeader(entries, metadata);
    }

    private static void readMetadata(Path file, JsonParser parser, Map<String, String> metadata) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw CheckpointException.invalid(file, METADATA + " is not an object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw CheckpointException.invalid(file, METADATA + " has a value that is not a string");
            }
            metadata.put(key, parser.getText());
        }
    }

    /** Names come back in error messages and listings: nothing in them may reach a terminal as a command. */
    static void checkName(Path file, String name) throws CheckpointException {
        boolean printable = name.codePoints()
                .noneMatch(c -> Character.isISOControl(c)
                        || Character.getType(c) == Character.SURROGATE
                        || Character.getType(c) == Character.FORMAT);
        if (name.isEmpty() || name.equals(METADATA) || name.length() > MAX_NAME_LENGTH || !printable) {
            throw CheckpointException.invalid(
                    file, "a tensor's name is empty, reserved, longer than " + MAX_NAME_LENGTH + " or not printable");
        }
    }

    private static Entry readEntry(Path file, String name, JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw CheckpointException.invalid(file, "tensor '" + name + "' is not described by an object");
        }
        DType dtype = null;
        long @Nullable [] shape = null;
        long @Nullable [] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "dtype" -> dtype = dtype(file, name, parser);
                case "shape" -> shape = longs(file, name, field, MAX_RANK, parser);
                case "data_offsets" -> offsets = longs(file, name, field, 2, parser);
                default ->
                    throw CheckpointException.invalid(
                            file, "tensor '" + name + "' has an unknown field '" + field + "'");
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw CheckpointException.invalid(file, "tensor '" + name + "' lacks dtype, shape or two data_offsets");
        }
        return entry(file, name, dtype, shape, offsets[0], offsets[1]);
    }

    private static DType dtype(Path file, String name, JsonParser parser) throws IOException {
        String text = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(text)) {
                return dtype;
            }
        }
        throw new CheckpointException(file + ": tensor '" + name + "' has type '" + text + "'; known are "
                + Arrays.toString(DType.values()) + ", convert the file");
    }

    private static long[] longs(Path file, String name, String field, int most, JsonParser parser) throws IOException {
        List<Long> values = new ArrayList<>();
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && values.size() <= most) {
                values.add(parser.getLongValue());
            }
        }
        if (parser.currentToken() != JsonToken.END_ARRAY || values.size() > most) {
            throw CheckpointException.invalid(
                    file, field + " of tensor '" + name + "' is not a list of at most " + most + " integers");
        }
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static Entry entry(Path file, String name, DType dtype, long[] dims, long begin, long end)
            throws CheckpointException {
        long bytes;
        Shape shape;
        try {
            for (long dim : dims) {
                if (dim < 0) {
                    throw CheckpointException.invalid(file, "tensor '" + name + "' has a negative size");
                }
            }
            shape = Shape.of(dims);
            bytes = Math.multiplyExact(shape.size(), dtype.bytes());
        } catch (ArithmeticException e) {
            throw CheckpointException.invalid(
                    file, "tensor '" + name + "' of shape " + Arrays.toString(dims) + " is larger than any memory");
        }
        if (begin < 0 || end < begin || end - begin != bytes) {
            throw CheckpointException.invalid(
                    file,
                    "tensor '" + name + "' of " + dtype + shape + " needs " + bytes + " bytes, its data_offsets are "
                            + begin + " to " + end);
        }
        return new Entry(name, dtype, shape, begin, end);
    }

    private static void checkLayout(Path file, Iterable<Entry> entries, long dataBytes) throws CheckpointException {
        List<Entry> sorted = new ArrayList<>();
        entries.forEach(sorted::add);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long at = 0;
        for (Entry entry : sorted) {
            if (entry.begin() != at) {
                throw CheckpointException.invalid(
                        file,
                        "the data of tensor '" + entry.name() + "' starts at " + entry.begin() + " instead of " + at
                                + (entry.begin() < at ? " and overlaps another's" : ", which leaves a hole"));
            }
            at = entry.end();
        }
        if (at != dataBytes) {
            throw CheckpointException.invalid(
                    file, "the tensors need " + at + " bytes of data, the file has " + dataBytes);
        }
    }
}
