package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.mimi.CodeCheck;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.models.mimi.MimiStream;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A small Mimi on real speech: latent, codes and decoded audio, with all codebooks and with four, and frame by frame. A code may differ
 * where its two nearest vectors are equally near within 1e-5; everything after such a place is compared as if the
 * expected code had been chosen.
 */
public final class MimiCodecCase implements GoldenCase {
    private static final String STREAM_CONTEXT = "stream_context";

    /** Keys of a case's configuration that describe the case rather than the codec. */
    private static final List<String> CASE_KEYS = List.of(STREAM_CONTEXT, "loss", "codebook_decay", "note");

    private static final double NEAR_TIE = 1e-5;

    @Override
    public String kind() {
        return "mimi_codec";
    }

    /** The codec of a case folder. */
    static Mimi load(CaseFolder files, JsonNode config) throws IOException {
        ObjectNode codec = config.deepCopy();
        codec.remove(CASE_KEYS);
        return Mimi.load(MimiConfig.of("config.json", codec), files.path().resolve("weights.safetensors"));
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        Comparison comparison = new Comparison();
        JsonNode config = files.json("config.json");
        try (Scope _ = Scope.open();
                Mimi mimi = load(files, config);
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors")) {
            Tensor latent = mimi.encodeToLatent(inputs.load("wav"));
            comparison.add("latent", latent, expected.load("latent"), Comparison.FORWARD);
            for (String suffix : List.of("", "_4")) {
                Tensor codes = expected.load("codes" + suffix);
                Tensor own = mimi.encode(inputs.load("wav"), codes.intDim(1));
                comparison.add("codes" + suffix, CodeCheck.worstTie(mimi, latent, codes, own), NEAR_TIE);
                comparison.add(
                        "decoded" + suffix, mimi.decode(codes), expected.load("decoded" + suffix), Comparison.FORWARD);
            }
        }
        if (config.has(STREAM_CONTEXT)) {
            stream(files, config, comparison);
        }
        return comparison.result();
    }

    /** Frame by frame, with the attention context that the case was recorded with. */
    private static void stream(CaseFolder files, JsonNode config, Comparison comparison) throws IOException {
        ObjectNode changed = config.deepCopy();
        changed.withObject("transformer").set("context", config.get(STREAM_CONTEXT));
        try (Scope _ = Scope.open();
                Mimi mimi = load(files, changed);
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors")) {
            Tensor wav = inputs.load("stream_wav");
            Tensor codes = expected.load("stream_codes");
            int frames = codes.intDim(2);
            int frameSize = mimi.config().frameSize();
            Tensor[] encoded = new Tensor[frames];
            Tensor[] decoded = new Tensor[frames];
            try (MimiStream stream = mimi.stream(wav.intDim(0))) {
                for (int i = 0; i < frames; i++) {
                    encoded[i] = stream.encode(wav.slice(2, (long) i * frameSize, (i + 1L) * frameSize));
                    decoded[i] = stream.decode(codes.slice(2, i, i + 1));
                }
            }
            Tensor own = Tensor.concat(2, encoded);
            comparison.add("stream_codes", CodeCheck.worstTie(mimi, mimi.encodeToLatent(wav), codes, own), NEAR_TIE);
            comparison.add(
                    "stream_decoded", Tensor.concat(2, decoded), expected.load("stream_decoded"), Comparison.FORWARD);
        }
    }
}
