package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiExport;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A codec of any layout to one of another. */
@Command(
        name = "export",
        description = "Writes a codec for use in other programs: weight norm folded, names and types as they expect.",
        footer = {
            "",
            "kyutai: one .safetensors file for moshi.models.loaders.get_mimi, its configuration in the metadata.",
            "huggingface: a folder for transformers' MimiModel.from_pretrained.",
            "Codebooks stay float32 in every export, so that all understand each other's codes."
        })
final class CodecExportCommand implements Callable<Integer> {
    private enum Layout {
        KYUTAI,
        HUGGINGFACE
    }

    private enum StoredType {
        F32,
        BF16,
        F16
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "OUT", description = "The file or folder to write.")
    @SuppressWarnings("NullAway.Init") // required
    private Path output;

    @Option(
            names = "--layout",
            paramLabel = "NAME",
            description = "kyutai (the default) or huggingface.",
            defaultValue = "kyutai")
    private Layout layout = Layout.KYUTAI;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "f32 (the default), bf16 or f16.",
            defaultValue = "f32")
    private StoredType dtype = StoredType.F32;

    @Option(
            names = "--codebooks",
            paramLabel = "N",
            description = "Keep the first N codebooks only, at least 2. Default: all.")
    private @Nullable Integer codebooks;

    @Mixin
    private CodecOptions codec = new CodecOptions();

    @Override
    public Integer call() throws IOException {
        switch (layout) {
            case KYUTAI -> OutputFile.check(spec, output, ".safetensors", codec.checkpoint());
            case HUGGINGFACE -> OutputFile.checkFolder(output);
        }
        try (Scope _ = Scope.open();
                Mimi mimi = codec.load()) {
            MimiExport export = MimiExport.of(mimi).as(DType.valueOf(dtype.name()));
            if (codebooks != null) {
                export = export.withCodebooks(codebooks);
            }
            switch (layout) {
                case KYUTAI -> export.kyutai(output);
                case HUGGINGFACE -> export.huggingFace(output);
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(output + ": written; 'openmoshi codec inspect " + output + "' shows what is in it");
        out.flush();
        return 0;
    }
}
