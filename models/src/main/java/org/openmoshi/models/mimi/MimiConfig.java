package org.openmoshi.models.mimi;

import static org.openmoshi.models.config.Checks.positive;
import static org.openmoshi.models.config.Checks.require;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.models.config.ConfigReader;
import org.openmoshi.models.config.Suggestion;
import org.openmoshi.models.nn.TransformerConfig;

/**
 * A Mimi codec, with the keys of Kyutai's configurations.
 *
 * @param sampleRate of the waveform, Hz
 * @param frameRate of the codes, Hz
 * @param channels of the waveform
 * @param seanet the convolutions
 * @param quantizer the codebooks
 * @param transformer both transformers
 */
public record MimiConfig(
        int sampleRate,
        double frameRate,
        int channels,
        SeanetConfig seanet,
        QuantizerConfig quantizer,
        TransformerConfig transformer) {
    /** Names that {@link #preset} knows. */
    public static final List<String> PRESETS = List.of("mimi-24khz", "small", "tiny");

    /** Checks that the parts fit together. */
    public MimiConfig {
        positive("sample_rate", sampleRate);
        require(Double.isFinite(frameRate) && frameRate > 0, "frame_rate is " + frameRate + ", must be positive");
        same("channels", channels, "seanet.channels", seanet.channels());
        same("transformer.input_dimension", transformer.inputDimension(), "seanet.dimension", seanet.dimension());
        same(
                "transformer.output_dimensions",
                transformer.outputDimensions().getFirst(),
                "seanet.dimension",
                seanet.dimension());
        same("quantizer.input_dimension", quantizer.inputDimension(), "seanet.dimension", seanet.dimension());
        same("quantizer.output_dimension", quantizer.outputDimension(), "seanet.dimension", seanet.dimension());
        double frame = sampleRate / frameRate;
        require(
                frame == Math.rint(frame) && frame % seanet.hopLength() == 0,
                "sample_rate / frame_rate is " + frame + " samples, must be a multiple of " + seanet.hopLength()
                        + ", the product of seanet.ratios");
    }

    private static void same(String first, int a, String second, int b) {
        require(a == b, first + " is " + a + " and " + second + " is " + b + ", they must be equal");
    }

    /** Samples per frame of codes. */
    public int frameSize() {
        return (int) (sampleRate / frameRate);
    }

    /** Latent steps of the encoder per frame of codes. */
    int downsampling() {
        return frameSize() / seanet.hopLength();
    }

    /** Bits per second of a number of codebooks. */
    public double bitrate(int codebooks) {
        return codebooks * frameRate * Math.log(quantizer.bins()) / Math.log(2);
    }

    /** The same codec with convolutions under weight norm, as they are trained, or without, as they are released. */
    public MimiConfig withWeightNorm(boolean on) {
        SeanetConfig s = seanet;
        SeanetConfig changed = new SeanetConfig(
                s.channels(),
                s.dimension(),
                s.causal(),
                s.nFilters(),
                s.nResidualLayers(),
                s.activation(),
                s.compress(),
                s.dilationBase(),
                s.disableNormOuterBlocks(),
                s.kernelSize(),
                s.residualKernelSize(),
                s.lastKernelSize(),
                on ? "weight_norm" : "none",
                s.padMode(),
                s.ratios(),
                s.trueSkip());
        return new MimiConfig(sampleRate, frameRate, channels, changed, quantizer, transformer);
    }

    /**
     * The same codec with another number of codebooks.
     *
     * @throws ConfigException when no codec has so few
     */
    public MimiConfig withCodebooks(int nQ) {
        QuantizerConfig q = quantizer;
        QuantizerConfig changed =
                new QuantizerConfig(q.dimension(), nQ, q.bins(), q.inputDimension(), q.outputDimension(), q.groups());
        return new MimiConfig(sampleRate, frameRate, channels, seanet, changed, transformer);
    }

    /**
     * A configuration that ships with this module.
     *
     * @throws ConfigException when there is none of this name
     */
    public static MimiConfig preset(String name) {
        if (!PRESETS.contains(name)) {
            throw new ConfigException("no Mimi configuration '" + name + "'" + Suggestion.nearest(name, PRESETS));
        }
        String resource = name + ".yaml";
        try (InputStream stream = MimiConfig.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IOException("resource " + resource + " is missing");
            }
            return parse(name, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A configuration that ships with this module, or a YAML or JSON file.
     *
     * @throws ConfigException when it is neither
     */
    public static MimiConfig named(String nameOrFile) {
        if (PRESETS.contains(nameOrFile)) {
            return preset(nameOrFile);
        }
        Path file = Path.of(nameOrFile);
        if (!Files.exists(file)) {
            throw new ConfigException("no codec configuration '" + nameOrFile + "': name one of "
                    + String.join(", ", PRESETS) + " or a YAML file" + Suggestion.nearest(nameOrFile, PRESETS));
        }
        return read(file);
    }

    /** Reads a YAML or JSON file. */
    public static MimiConfig read(Path file) {
        return of(file.toString(), ConfigReader.parse(file));
    }

    /** Reads YAML or JSON text; messages call it {@code source}. */
    public static MimiConfig parse(String source, String yaml) {
        return of(source, ConfigReader.parse(source, yaml));
    }

    /** Reads a tree; messages call it {@code source}. */
    public static MimiConfig of(String source, JsonNode tree) {
        JsonNode complete = tree.deepCopy();
        if (complete.path("quantizer") instanceof ObjectNode quantizer && !quantizer.has("groups")) {
            quantizer.put("groups", 1); // a key of this project alone
        }
        return ConfigReader.read(source, complete, MimiConfig.class);
    }

    /** The configuration as one line of JSON, which {@link #parse} reads. */
    public String toJson() {
        return ConfigReader.toTree(this).toString();
    }
}
