package org.openmoshi.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.moshi.MoshiModel;
import org.openmoshi.models.moshi.MoshiStream;
import org.openmoshi.models.moshi.Sampling;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** Greedy generation of a small Moshi frame by frame, beside a user's stream, through the delays. */
public final class LmGenerateCase implements GoldenCase {
    @Override
    public String kind() {
        return "lm_generate";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Comparison comparison = new Comparison();
        try (Scope _ = Scope.open();
                MoshiModel model = LmTrainStepCase.load(files, config);
                SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors")) {
            Tensor user = inputs.load("user_codes"); // [B, user streams, frames]
            Tensor tokens = expected.load("tokens"); // [B, 1 + depQ, frames from the first complete one on]
            Tensor actual = generate(model, user, tokens.intDim(2));
            comparison.add("tokens", actual, tokens, 0.5 / tokens.size());
            comparison.add(
                    "tokens that differ",
                    actual.ne(tokens).cast(DType.F64).sum().item(),
                    0.5);
        }
        return comparison.result();
    }

    private static Tensor generate(MoshiModel model, Tensor user, int expectedFrames) {
        int batch = user.intDim(0);
        int streams = 1 + model.config().depQ();
        long[] codes = user.toLongs();
        long[] tokens = new long[batch * streams * expectedFrames];
        try (MoshiStream stream = new MoshiStream(model, batch, DType.F32, Sampling.GREEDY, Sampling.GREEDY, 0)) {
            long[][] in = new long[batch][stream.userStreams()];
            long[][] out = new long[batch][streams];
            int complete = 0;
            for (int frame = 0; frame < user.intDim(2); frame++) {
                for (int b = 0; b < batch; b++) {
                    for (int i = 0; i < in[b].length; i++) {
                        in[b][i] = codes[(b * in[b].length + i) * user.intDim(2) + frame];
                    }
                }
                if (stream.step(in, out) && complete < expectedFrames) {
                    for (int b = 0; b < batch; b++) {
                        for (int i = 0; i < streams; i++) {
                            tokens[(b * streams + i) * expectedFrames + complete] = out[b][i];
                        }
                    }
                    complete++;
                }
            }
        }
        return Tensor.of(tokens, batch, streams, expectedFrames);
    }
}
