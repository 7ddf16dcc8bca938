package org.openmoshi.models.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads configuration records from YAML (of which JSON is a part). Keys are the records' component names in
 * snake_case. Strict: every key must be known and present, of the right type, and given once.
 */
public final class ConfigReader {
    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(LogicalType.Textual, text -> {
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
            })
            .build();

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private static final PropertyNamingStrategies.SnakeCaseStrategy KEYS =
            new PropertyNamingStrategies.SnakeCaseStrategy();

    private ConfigReader() {}

    /**
     * Parses YAML into a tree.
     *
     * @param source what messages call it: a file name
     * @throws ConfigException when it is not YAML or not a mapping
     */
    public static ObjectNode parse(String source, String yaml) {
        try {
            JsonNode tree = YAML.readTree(yaml);
            if (tree instanceof ObjectNode mapping) {
                return mapping;
            }
            throw new ConfigException(source + " is not a mapping of keys to values");
        } catch (JsonProcessingException e) {
            throw new ConfigException(source + " is not valid YAML: " + e.getMessage());
        }
    }

    /** Parses the YAML of a file into a tree. */
    public static ObjectNode parse(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigException("configuration " + file + " does not exist");
        } catch (IOException e) {
            throw new ConfigException("configuration " + file + " could not be read: " + e.getMessage());
        }
    }

    /**
     * Makes a record of a tree.
     *
     * @throws ConfigException naming the key when one is unknown (with the nearest known one), missing or of a wrong
     *     type, or when the record refuses a value
     */
    public static <T> T read(String source, JsonNode tree, Class<T> type) {
        checkKeys(source, "", tree, type);
        try {
            return YAML.treeToValue(tree, type);
        } catch (JsonMappingException e) {
            if (e.getCause() instanceof ConfigException refused) {
                throw new ConfigException(source + ": " + refused.getMessage());
            }
            throw new ConfigException(source + ": key '" + path(e) + "': " + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw new ConfigException(source + ": " + e.getOriginalMessage());
        }
    }

    /** Before anything is bound, so that a misspelt key is not reported as the missing one that it should be. */
    private static void checkKeys(String source, String prefix, JsonNode tree, Class<?> type) {
        if (!type.isRecord() || !(tree instanceof ObjectNode mapping)) {
            return;
        }
        Map<String, Class<?>> known = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            known.put(KEYS.translate(component.getName()), component.getType());
        }
        for (Map.Entry<String, JsonNode> entry : mapping.properties()) {
            String key = entry.getKey();
            Class<?> component = known.get(key);
            if (component == null) {
                throw new ConfigException(source + ": " + unknown(prefix + key, key, known.keySet()));
            }
            checkKeys(source, prefix + key + ".", entry.getValue(), component);
        }
        for (String key : known.keySet()) {
            if (!mapping.has(key)) {
                throw new ConfigException(source + ": key '" + prefix + key + "' is missing");
            }
        }
    }

    /**
     * Sets values in a tree from {@code path.to.key=value} arguments; the key must be there already.
     *
     * @throws ConfigException when an argument has no '=' or its key is unknown
     */
    public static void override(ObjectNode tree, List<String> assignments) {
        for (String assignment : assignments) {
            int equals = assignment.indexOf('=');
            if (equals <= 0) {
                throw new ConfigException("'" + assignment + "' is not of the form key=value");
            }
            String path = assignment.substring(0, equals);
            ObjectNode parent = tree;
            String[] keys = path.split("\\.", -1);
            for (int i = 0; i < keys.length; i++) {
                if (!parent.has(keys[i])) {
                    throw new ConfigException(unknown(path, keys[i], fields(parent)));
                }
                if (i == keys.length - 1) {
                    parent.set(keys[i], value(path, assignment.substring(equals + 1)));
                } else if (parent.get(keys[i]) instanceof ObjectNode child) {
                    parent = child;
                } else {
                    throw new ConfigException("key '" + path + "': '" + keys[i] + "' has no keys below it");
                }
            }
        }
    }

    private static JsonNode value(String path, String yaml) {
        try {
            return YAML.readTree(yaml.isEmpty() ? "\"\"" : yaml);
        } catch (JsonProcessingException e) {
            throw new ConfigException("key '" + path + "': '" + yaml + "' is not a YAML value");
        }
    }

    /** The tree of a record, as {@link #read} takes it. */
    public static ObjectNode toTree(Record config) {
        return JSON.valueToTree(config);
    }

    /** The YAML of a record, as {@link #parse} takes it. */
    public static String toYaml(Record config) {
        try {
            return YAML.writeValueAsString(toTree(config));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration record could not be written", e);
        }
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference reference : e.getPath()) {
            if (reference.getFieldName() == null) {
                path.append('[').append(reference.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(reference.getFieldName());
            }
        }
        return path.toString();
    }

    private static List<String> fields(ObjectNode node) {
        return node.properties().stream().map(Map.Entry::getKey).toList();
    }

    private static String unknown(String path, String key, Collection<String> known) {
        return "unknown key '" + path + "'" + Suggestion.nearest(key, known);
    }
}
