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
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * A small Mimi on real speech: latent, codes and decoded audio, with all codebooks and with four. A code may differ
 * where its two nearest vectors are equally near within 1e-5; everything after such a place is compared as if the
 * expected code had been chosen.
 */
public final class MimiCodecCase implements GoldenCase {
    /** Keys of a case's configuration that describe the case rather than the codec. */
    private static final List<String> CASE_KEYS = List.of("stream_context", "loss", "codebook_decay", "note");

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
        try (Scope _ = Scope.open();
                Mimi mimi = load(files, files.json("config.json"));
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
        return comparison.result();
    }
}
