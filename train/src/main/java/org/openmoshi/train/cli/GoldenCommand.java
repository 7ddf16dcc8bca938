package org.openmoshi.train.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenFolders;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.train.golden.KnownCases;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares this implementation with vectors that others computed. */
@Command(
        name = "golden",
        description = "Computes every golden case in a folder and compares it with what is stored there.",
        footer = {
            "",
            "A case is a folder of config.json and safetensors files, named after its kind (mimi_codec, or"
                    + " mimi_codec_seed3). Exit code 1 if a case fails; cases of kinds not known here are counted."
        })
final class GoldenCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "A folder of cases, or one case.")
    @SuppressWarnings("NullAway.Init") // required
    private Path directory;

    @Mixin
    @SuppressWarnings("unused") // it acts while the command line is parsed
    private DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IOException(directory + (Files.exists(directory) ? " is a file" : " does not exist")
                    + ": name a folder of golden cases");
        }
        List<Path> folders = GoldenFolders.in(directory);
        if (folders.isEmpty()) {
            throw new IOException(
                    "no golden cases in " + directory + ": no folder in it holds JSON or safetensors" + " files");
        }
        PrintWriter out = spec.commandLine().getOut();
        int passed = 0;
        int failed = 0;
        int unknown = 0;
        for (Path folder : folders) {
            Optional<GoldenCase> known = GoldenFolders.caseOf(folder, KnownCases.ALL);
            String name = name(folder);
            if (known.isEmpty()) {
                unknown++;
                out.println(name + ": not known yet");
            } else if (passes(known.get(), folder, name, out)) {
                passed++;
            } else {
                failed++;
            }
            out.flush();
        }
        out.println(passed + " passed, " + failed + " failed, " + unknown + " not known yet");
        out.flush();
        return failed == 0 ? 0 : 1;
    }

    /** Below the folder that was named, and that folder's own name if it is the case. */
    private String name(Path folder) {
        return folder.equals(directory)
                ? folder.toAbsolutePath().normalize().getFileName().toString()
                : directory.relativize(folder).toString();
    }

    /** A case whose files are damaged fails; the others still run. */
    private static boolean passes(GoldenCase golden, Path folder, String name, PrintWriter out) {
        try {
            GoldenResult result = golden.run(folder);
            out.println(name + ": " + result);
            return result.passed();
        } catch (IOException e) {
            out.println(name + ": FAIL  " + Failure.message(e));
            return false;
        } catch (RuntimeException e) {
            out.println(name + ": FAIL  its files are not of the form of a " + golden.kind() + " case: " + e);
            return false;
        }
    }
}
