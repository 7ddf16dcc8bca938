package org.openmoshi.train.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.train.cli.OpenMoshi;
import picocli.CommandLine;

/** The command that checks a GPU, from its arguments to its page, on the emulated driver. */
@ExtendWith(LeakExtension.class)
class EmulatedGpuCheckTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    @BeforeAll
    static void load() {
        EmulatedCuda.load(false);
    }

    private int run(String... arguments) {
        CommandLine line = OpenMoshi.commandLine(new OpenMoshi());
        line.setOut(new PrintWriter(out));
        return OpenMoshi.execute(line, arguments);
    }

    @Test
    void everyPartIsOnThePage() throws Exception {
        Path page = folder.resolve("gpu-report.md");
        // kernels at their full size take the emulator minutes, and all operations run in the tests of kernels-cuda
        int code = run(
                "gpu-check",
                "--device",
                "cuda:0",
                "--out",
                page.toString(),
                "--filter",
                "Softmax|MatMul|^Conv1d$|softmax|embedding",
                "--steps",
                "2");
        String text = Files.readString(page);
        assertThat(code).as(text).isZero();
        assertThat(out.toString()).contains("all is well; see " + page);
        assertThat(text)
                .contains("# Check of cuda:0", "- device: emulated GPU (tests), 4.0 GiB, compute capability 9.0")
                .containsPattern("## Operations: (\\d+) of \\1 cases agree with the reference")
                .contains("| Conv1d |", "| MatMul |", "| LogSoftmaxGrad |")
                .contains("Limits of the device: 0.26 TFLOP/s in float32, 0.13 TFLOP/s in float64, 8 GB/s.")
                .containsPattern("One launch costs [\\d.]+ us, and [\\d.]+ us in a recorded step")
                .containsPattern("\\| softmax 4096 x 512 \\| [\\d.]+ ms \\| \\d+ \\| [\\d.]+ \\| \\d+% \\|")
                .contains("## Training: follows the reference", "2 steps of `tiny`");
    }

    @Test
    void infoShowsTheDevice() {
        assertThat(run("info")).isZero();
        assertThat(out.toString())
                .contains("cuda:0: emulated GPU (tests), 4.0 GiB, compute capability 9.0")
                .contains("48 KiB of shared memory a block");
    }
}
