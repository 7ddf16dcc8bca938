package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ViewOp;
import org.openmoshi.tensor.testing.OpCases;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class OpenMoshiTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void namesTheCommandsInItsHelp() {
        assertThat(run(new OpenMoshi(), "--help")).isZero();
        assertThat(out.toString()).contains("Usage: openmoshi", "info");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void infoShowsTheJdkTheThreadsAndEveryBackend() {
        assertThat(run(new OpenMoshi(), "info")).isZero();
        assertThat(out.toString())
                .contains(Runtime.version().toString(), "threads", "Java heap", "cpu: ", "cpu-scalar: ");
    }

    @Test
    void infoShowsWhatComputesEveryOperation() {
        StringWriter table = new StringWriter();
        List<Backend> backends = List.of(Backends.named("cpu"), Backends.named("cpu-scalar"));
        OperationTable.write(new PrintWriter(table), backends);
        assertThat(table.toString().lines().map(line -> line.replaceAll(" +", " ")))
                .contains("operation cpu cpu-scalar", "MatMul kernel F32, loops F64 BF16 loops", "Sort loops loops")
                .contains("LayerNormGrad kernel F32, loops F64 loops", "Random kernel F32, loops F64 loops");
        Set<Class<?>> operations = OpCases.operations();
        operations.removeIf(ViewOp.class::isAssignableFrom);
        for (Class<?> op : operations) {
            assertThat(table.toString()).containsPattern("(?m)^" + op.getSimpleName() + ' ');
        }
    }

    @Test
    void wrongUsageExitsWith2AndSuggestsTheNearestName() {
        assertThat(run(new OpenMoshi(), "inof")).isEqualTo(2);
        assertThat(err.toString()).contains("inof", "info");
    }

    @Test
    void noCommandAtAllExitsWith2() {
        assertThat(run(new OpenMoshi())).isEqualTo(2);
        assertThat(err.toString()).contains("Missing command", "Usage: openmoshi");
    }

    @Test
    void unknownOptionOfACommandExitsWith2() {
        assertThat(run(new OpenMoshi(), "info", "--depug")).isEqualTo(2);
        assertThat(err.toString()).contains("--depug", "--debug");
    }

    @Test
    void failureExitsWith1AndOneMessage() {
        assertThat(failWith(new IllegalArgumentException("batchSize must be positive, got 0")))
                .isEqualTo("openmoshi: batchSize must be positive, got 0");
    }

    @Test
    void debugAddsTheStackTrace() {
        Failing command = new Failing(new IllegalArgumentException("no"));
        assertThat(run(command, "--debug")).isEqualTo(1);
        assertThat(err.toString()).contains("openmoshi: no", "at org.openmoshi.train.cli.OpenMoshiTest");
    }

    @Test
    void missingFileIsNamedAsSuch(@TempDir Path folder) {
        Path file = folder.resolve("speech.wav");
        Failing command = new Failing(() -> Files.readAllBytes(file));
        assertThat(run(command)).isEqualTo(1);
        assertThat(err.toString().strip()).isEqualTo("openmoshi: no such file or folder: " + file);
    }

    @Test
    void wrappedReadErrorShowsItsCause() {
        assertThat(failWith(new UncheckedIOException(new IOException("a.flac is cut off at byte 12"))))
                .isEqualTo("openmoshi: a.flac is cut off at byte 12");
        assertThat(failWith(new FileNotFoundException("x (Is a directory)")))
                .isEqualTo("openmoshi: cannot open x (Is a directory)");
    }

    @Test
    void defectIsCalledInternalError() {
        assertThat(failWith(new IllegalStateException("boom")))
                .startsWith("openmoshi: internal error: ")
                .contains("boom", "--debug");
        assertThat(failWith(new NullPointerException())).startsWith("openmoshi: internal error: ");
    }

    @Test
    void runningOutOfMemorySaysWhatToDo() {
        Failing command = new Failing(() -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThat(run(command)).isEqualTo(1);
        assertThat(err.toString()).contains("out of memory (Java heap space)", "OPENMOSHI_HEAP");
    }

    private String failWith(Exception thrown) {
        err.getBuffer().setLength(0);
        assertThat(run(new Failing(thrown))).isEqualTo(1);
        return err.toString().strip();
    }

    private int run(Object command, String... args) {
        CommandLine line =
                OpenMoshi.commandLine(command).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return OpenMoshi.execute(line, args);
    }

    @Command(name = "failing")
    private static final class Failing implements Callable<Integer> {
        private final Callable<?> body;

        Failing(Callable<?> body) {
            this.body = body;
        }

        Failing(Exception thrown) {
            this(() -> {
                throw thrown;
            });
        }

        @Override
        public Integer call() throws Exception {
            body.call();
            return 0;
        }
    }
}
