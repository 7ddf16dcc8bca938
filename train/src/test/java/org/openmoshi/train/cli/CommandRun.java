package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;

/** What a command of the program left behind: exit code and both outputs. */
record CommandRun(int code, String out, String err) {
    /** Runs the program in this process. */
    static CommandRun of(Object... arguments) {
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Backend before = Backends.defaultBackend();
        try {
            int code = OpenMoshi.execute(
                    OpenMoshi.commandLine(new OpenMoshi())
                            .setOut(new PrintWriter(out))
                            .setErr(new PrintWriter(err)),
                    texts);
            return new CommandRun(code, out.toString(), err.toString());
        } finally {
            Backends.setDefault(before);
        }
    }

    /** Requires that the command did what it was told. */
    CommandRun succeeded() {
        assertThat(err).isEmpty();
        assertThat(code).isZero();
        return this;
    }

    /** Requires exit code 1 and one message, which is not about a defect and says all of these. */
    void failedSaying(String... parts) {
        assertThat(err).startsWith("openmoshi: ").contains(parts).doesNotContain("internal error", "\tat ");
        assertThat(err.lines()).as(err).hasSize(1);
        assertThat(code).isEqualTo(1);
    }

    /** Requires exit code 2 and a message that says all of these and where to find help. */
    void refusedSaying(String... parts) {
        assertThat(err)
                .startsWith("openmoshi: ")
                .contains(parts)
                .contains("--help")
                .doesNotContain("\tat ");
        assertThat(err.lines()).as(err).hasSizeLessThanOrEqualTo(3);
        assertThat(out).isEmpty();
        assertThat(code).isEqualTo(2);
    }
}
