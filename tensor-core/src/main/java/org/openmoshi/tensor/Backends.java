package org.openmoshi.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds backends by name. An unavailable one is an error that says what is missing; there is no fall-back. */
public final class Backends {
    private static volatile @Nullable Backend defaultBackend;

    private Backends() {}

    /**
     * The backend of a name such as {@code cpu} or {@code cuda:0}.
     *
     * @throws IllegalArgumentException when the kind is unknown or the device is not there, with the reason
     */
    public static Backend named(String name) {
        int colon = name.indexOf(':');
        String kind = colon < 0 ? name : name.substring(0, colon);
        List<String> kinds = new ArrayList<>();
        for (BackendProvider provider : providers()) {
            kinds.add(provider.kind());
            if (!provider.kind().equals(kind)) {
                continue;
            }
            String reason = provider.unavailableReason();
            if (!reason.isEmpty()) {
                throw new IllegalArgumentException("backend " + name + " is unavailable: " + reason);
            }
            int device = colon < 0 ? 0 : parse(name, colon);
            if (device >= provider.deviceCount()) {
                throw new IllegalArgumentException(
                        "backend " + name + ": there are " + provider.deviceCount() + " " + kind + " devices");
            }
            return provider.open(device);
        }
        throw new IllegalArgumentException("no backend '" + name + "'; known: " + String.join(", ", kinds));
    }

    private static int parse(String name, int colon) {
        try {
            return Integer.parseUnsignedInt(name.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("backend " + name + ": the part after ':' is a device number", e);
        }
    }

    /** Every provider on the module or class path. */
    public static List<BackendProvider> providers() {
        List<BackendProvider> providers = new ArrayList<>();
        ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader())
                .forEach(providers::add);
        return providers;
    }

    /** Where tensors are made when no backend is given: {@code cpu} unless set. */
    public static Backend defaultBackend() {
        Backend backend = defaultBackend;
        if (backend == null) {
            backend = named(System.getProperty("openmoshi.device", "cpu"));
            defaultBackend = backend;
        }
        return backend;
    }

    /** Sets where tensors are made when no backend is given; returns the one before. */
    public static Backend setDefault(Backend backend) {
        Backend before = defaultBackend();
        defaultBackend = backend;
        return before;
    }
}
