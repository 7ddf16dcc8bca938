package org.openmoshi.train.device;

import java.util.List;
import java.util.stream.Stream;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;

/** The devices that the tests of this package run on. */
final class Devices {
    private Devices() {}

    /** The first device of every kind but the CPU. */
    static List<Backend> present() {
        return providers()
                .filter(provider -> provider.unavailableReason().isEmpty())
                .map(provider -> provider.open(0))
                .toList();
    }

    /** Why there is none. */
    static String reasons() {
        return String.join(
                "; ",
                providers()
                        .map(provider -> provider.kind() + ": " + provider.unavailableReason())
                        .toList());
    }

    private static Stream<BackendProvider> providers() {
        return Backends.providers().stream().filter(provider -> !provider.kind().startsWith("cpu"));
    }
}
