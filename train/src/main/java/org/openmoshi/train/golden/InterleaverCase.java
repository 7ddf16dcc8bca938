package org.openmoshi.train.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.golden.CaseFolder;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Scope;
import org.openmoshi.train.moshi.Alignment;
import org.openmoshi.train.moshi.Interleaver;
import org.openmoshi.train.text.TextTokenizer;

/** Text streams of some words under several settings, and the tokens of some sentences; each difference counts 1. */
public final class InterleaverCase implements GoldenCase {
    @Override
    public String kind() {
        return "interleaver";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                TextTokenizer tokenizer = TextTokenizer.read(
                        folder.resolve(config.get("tokenizer").asText()));
                SafetensorsFile expected = files.tensors("expected.safetensors")) {
            List<Alignment> words = new ArrayList<>();
            for (JsonNode word : config.get("alignments")) {
                words.add(new Alignment(
                        word.get(0).asText(),
                        word.get(1).get(0).asDouble(),
                        word.get(1).get(1).asDouble(),
                        word.get(2).asText()));
            }
            JsonNode variants = config.get("variants");
            for (int i = 0; i < variants.size(); i++) {
                Interleaver interleaver = new Interleaver(tokenizer, settings(config, variants.get(i)));
                long[] actual = interleaver.stream(words, config.get("duration").asDouble());
                long[] wanted = expected.load(Integer.toString(i)).toLongs();
                comparison.add("stream " + i, Arrays.equals(actual, wanted) ? 0 : 1, Comparison.FORWARD);
            }
            JsonNode sentences = config.get("sentences");
            for (int i = 0; i < sentences.size(); i++) {
                String sentence = sentences.get(i).asText();
                int[] tokens = tokenizer.encode(sentence);
                long[] wanted = expected.load("enc" + i).toLongs();
                boolean equal =
                        Arrays.equals(Arrays.stream(tokens).asLongStream().toArray(), wanted);
                comparison.add("tokens of '" + sentence + "'", equal ? 0 : 1, Comparison.FORWARD);
            }
        }
        return comparison.result();
    }

    private static Interleaver.Settings settings(JsonNode config, JsonNode variant) {
        return new Interleaver.Settings(
                config.get("frame_rate").asDouble(),
                config.get("text_padding").asInt(),
                config.get("end_of_text_padding").asInt(),
                variant.path("keep_main_only").asBoolean(),
                variant.path("use_bos_eos").asBoolean(),
                variant.path("keep_and_shift").asBoolean(),
                variant.path("audio_delay").asDouble());
    }
}
