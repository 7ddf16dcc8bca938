package org.openmoshi.models.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * A checkpoint in several safetensors files beside their index: a JSON object whose {@code weight_map} says in which
 * file each tensor is, as Hugging Face's libraries write it. Index and files must agree tensor by tensor.
 */
final class ShardedSafetensors implements TensorFile {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** A name without a folder. */
    private static final Pattern SHARD = Pattern.compile("\\w[\\w.-]*\\.safetensors");

    private final Path index;
    private final Map<String, SafetensorsFile> shards = new LinkedHashMap<>(); // by file name
    private final Map<String, SafetensorsFile> places = new LinkedHashMap<>(); // by tensor

    private ShardedSafetensors(Path index) {
        this.index = index;
    }

    static ShardedSafetensors open(Path index) throws CheckpointException {
        ShardedSafetensors opened = new ShardedSafetensors(index);
        try {
            opened.readIndex();
            opened.requireListed();
            return opened;
        } catch (CheckpointException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void readIndex() throws CheckpointException {
        JsonNode weightMap = parse().path("weight_map");
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw new CheckpointException(index + " is no index of shards: it has no weight_map");
        }
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            SafetensorsHeader.checkName(index, entry.getKey());
            String shard = entry.getValue().asText();
            if (!SHARD.matcher(shard).matches()) {
                throw new CheckpointException(index + " looks for '" + entry.getKey()
                        + "' in something else than a .safetensors file beside it");
            }
            Path file = index.resolveSibling(shard);
            SafetensorsFile opened = shards.get(shard);
            if (opened == null) {
                opened = SafetensorsFile.open(file);
                shards.put(shard, opened);
            }
            if (!opened.contains(entry.getKey())) {
                throw new CheckpointException(file + " lacks tensor '" + entry.getKey() + "', which " + index
                        + " says is in it: fetch or save both again");
            }
            places.put(entry.getKey(), opened);
        }
    }

    private JsonNode parse() throws CheckpointException {
        try {
            return JSON.readTree(Files.readString(index));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(index + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (NoSuchFileException e) {
            throw new CheckpointException(index + " does not exist", e);
        } catch (IOException e) {
            throw new CheckpointException(index + " could not be read: " + e.getMessage(), e);
        }
    }

    /** A tensor that no index lists would be left out in silence. */
    private void requireListed() throws CheckpointException {
        for (SafetensorsFile shard : shards.values()) {
            for (String name : shard.names()) {
                if (places.get(name) != shard) {
                    throw new CheckpointException(shard.file() + " holds tensor '" + name + "', which " + index
                            + " does not say is in it: fetch or save both again");
                }
            }
        }
    }

    @Override
    public Path file() {
        return index;
    }

    /** That of the first shard; all have the same. */
    @Override
    public Map<String, String> metadata() {
        return shards.values().iterator().next().metadata();
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(places.keySet());
    }

    @Override
    public boolean contains(String name) {
        return places.containsKey(name);
    }

    @Override
    public Shape shape(String name) throws CheckpointException {
        return place(name).shape(name);
    }

    @Override
    public DType dtype(String name) throws CheckpointException {
        return place(name).dtype(name);
    }

    @Override
    public Tensor load(String name) throws CheckpointException {
        return place(name).load(name);
    }

    private SafetensorsFile place(String name) throws CheckpointException {
        SafetensorsFile place = places.get(name);
        if (place == null) {
            throw new CheckpointException(index + " lists no tensor '" + name + "'");
        }
        return place;
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }
}
