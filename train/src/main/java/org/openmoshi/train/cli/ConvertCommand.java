package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmFile;
import org.openmoshi.models.wavlm.WavLmFile.Form;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns one form of a WavLM checkpoint into another. */
@Command(
        name = "convert",
        description = "Turns a WavLM checkpoint of one form into another.",
        footer = {
            "",
            "Forms:",
            "  pt           the authors' file of PyTorch (torch.save of cfg and model)",
            "  safetensors  one file with the authors' names, the configuration in its metadata",
            "  huggingface  a folder of config.json, preprocessor_config.json and model.safetensors",
            "",
            "Examples:",
            "  openmoshi convert WavLM-Large.pt wavlm-large.safetensors",
            "  openmoshi convert WavLM-Large.pt wavlm-large --to huggingface",
            "  openmoshi convert wavlm-large/pytorch_model.bin WavLM-Large.pt",
            "",
            "What a .pt or .bin holds beside tensors and plain values is refused, and nothing of it is run."
        })
final class ConvertCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A checkpoint in any of the forms below; its content tells which.")
    @SuppressWarnings("NullAway.Init") // required
    private Path input;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "What to write: NAME.pt, NAME.safetensors, or a new or empty folder.")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Option(
            names = "--to",
            paramLabel = "FORM",
            description = "The form of OUT: ${COMPLETION-CANDIDATES}. Default: by the ending of its name.")
    private @Nullable Form to;

    @Override
    public Integer call() throws IOException {
        Form form = to == null ? form() : to;
        if (form == Form.HUGGINGFACE) {
            checkFolder();
        } else {
            OutputFile.check(spec, output, ending(form), input);
        }
        try (WavLm model = WavLmFile.read(input)) {
            WavLmFile.write(model, output, form);
            PrintWriter out = spec.commandLine().getOut();
            out.printf(
                    Locale.ROOT,
                    "%s: WavLM of %d layers, %d features, %d parameters%n",
                    output,
                    model.config().encoderLayers(),
                    model.config().encoderEmbedDim(),
                    model.stateDict().parameterCount());
            out.flush();
        }
        return 0;
    }

    private Form form() {
        String name = output.toString().toLowerCase(Locale.ROOT);
        for (Form form : new Form[] {Form.PT, Form.SAFETENSORS}) {
            if (name.endsWith(ending(form))) {
                return form;
            }
        }
        if (Files.isDirectory(output)) {
            return Form.HUGGINGFACE;
        }
        throw new ParameterException(
                spec.commandLine(),
                "'" + output + "' does not tell its form: end it with .pt or .safetensors, or say --to huggingface");
    }

    private static String ending(Form form) {
        return form == Form.PT ? ".pt" : ".safetensors";
    }

    private void checkFolder() throws IOException {
        if (!Files.exists(output)) {
            return;
        }
        if (!Files.isDirectory(output)) {
            throw new IOException(output + " is a file: name a new or empty folder");
        }
        try (var entries = Files.list(output)) {
            if (entries.findAny().isPresent()) {
                throw new IOException(output + " is not empty: name a new or empty folder");
            }
        }
    }
}
