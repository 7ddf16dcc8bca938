package org.openmoshi.train.cli;

import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --device}, for every command that computes; a {@link Mixin}. */
final class DeviceOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Called by picocli while it parses, so that a wrong name stops the command before it has done anything. */
    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "What computes: cpu (the default), opencl:N, cuda:N, or cpu-scalar (slow, for comparison);"
                    + " openmoshi info lists what is there.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    private void set(String name) {
        Backends.setDefault(named(name, spec));
    }

    /** The backend of a name that was given to a command; a wrong one is wrong usage of it. */
    static Backend named(String name, CommandSpec command) {
        try {
            return Backends.named(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }
}
