package org.openmoshi.train.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.openmoshi.autograd.Tape;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.golden.CaseFolder;
import org.openmoshi.models.golden.Comparison;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.loss.MelSpectrogram;
import org.openmoshi.train.loss.MultiResolutionStftLoss;
import org.openmoshi.train.loss.Pqmf;

/**
 * Multi-resolution STFT loss of the full band and of PQMF sub-bands, with their gradients at the estimate, and a mel
 * spectrogram.
 */
public final class SpectralLossesCase implements GoldenCase {
    /**
     * Ten times the usual tolerance: the gradient of a log magnitude grows with its inverse, so the quietest bins, which
     * carry the most rounding error of a float32 transform, weigh most. The gradient computed in float64 is already 1e-4
     * to 2e-4 away from stored ones.
     */
    private static final double LOG_MAGNITUDE_GRADIENT = 10 * Comparison.GRADIENT;

    @Override
    public String kind() {
        return "spectral_losses";
    }

    @Override
    public GoldenResult run(Path folder) throws IOException {
        CaseFolder files = new CaseFolder(folder);
        JsonNode config = files.json("config.json");
        Comparison comparison = new Comparison();
        try (SafetensorsFile inputs = files.tensors("inputs.safetensors");
                SafetensorsFile expected = files.tensors("expected.safetensors");
                Scope _ = Scope.open()) {
            Tensor real = inputs.load("real"); // [B, T]
            Tensor fake = inputs.load("fake"); // [B, T]
            try (MultiResolutionStftLoss loss = loss(config.get("full"));
                    Tape tape = Tape.open()) {
                compare(comparison, expected, "", tape, tape.watch(fake), loss.forward(fake, real));
            }
            JsonNode sub = config.get("sub");
            try (MultiResolutionStftLoss loss = loss(sub);
                    Pqmf bank = new Pqmf(sub.get("bands").intValue());
                    Tape tape = Tape.open()) {
                tape.watch(fake);
                Tensor target = bank.analysis(real); // [B, bands, T / bands]
                Tensor estimate = bank.analysis(fake);
                comparison.add("subbands_real", target, expected.load("subbands_real"), Comparison.FORWARD);
                MultiResolutionStftLoss.Terms terms = loss.forward(rows(estimate), rows(target));
                compare(comparison, expected, "sub_", tape, fake, terms);
            }
            try (MelSpectrogram spectrogram = mel(config.get("mel"))) {
                Tensor mel = spectrogram.forward(real).transpose(1, 2); // [B, mels, frames]
                comparison.add("mel_real", mel, expected.load("mel_real"), Comparison.FORWARD);
            }
        }
        return comparison.result();
    }

    private static void compare(
            Comparison comparison,
            SafetensorsFile expected,
            String prefix,
            Tape tape,
            Tensor fake,
            MultiResolutionStftLoss.Terms terms)
            throws IOException {
        comparison.add(
                prefix + "sc",
                terms.spectralConvergence().reshape(1),
                expected.load(prefix + "sc"),
                Comparison.FORWARD);
        comparison.add(
                prefix + "mag", terms.logMagnitude().reshape(1), expected.load(prefix + "mag"), Comparison.FORWARD);
        Tensor total = terms.spectralConvergence().add(terms.logMagnitude());
        Tensor gradient = tape.gradients(total, false, fake)[0];
        comparison.add(prefix + "grad", gradient, expected.load(prefix + "grad"), LOG_MAGNITUDE_GRADIENT);
    }

    /** Each sub-band as a signal of its own: [B, bands, T] to [B bands, T]. */
    private static Tensor rows(Tensor subBands) {
        return subBands.reshape(-1, subBands.dim(2));
    }

    private static MultiResolutionStftLoss loss(JsonNode config) {
        return new MultiResolutionStftLoss(
                integers(config.get("fft")), integers(config.get("win")), integers(config.get("hop")));
    }

    private static MelSpectrogram mel(JsonNode config) {
        return new MelSpectrogram(
                config.get("sample_rate").intValue(),
                config.get("n_fft").intValue(),
                config.get("hop").intValue(),
                config.get("n_mels").intValue(),
                config.get("f_min").doubleValue(),
                config.get("f_max").doubleValue(),
                0);
    }

    private static int[] integers(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).intValue()).toArray();
    }
}
