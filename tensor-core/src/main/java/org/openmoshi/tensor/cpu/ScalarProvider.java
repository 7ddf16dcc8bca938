package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;

/** Provides {@code cpu-scalar}: the reference implementation of every operation in simple loops. */
public final class ScalarProvider implements BackendProvider {
    private static final class Holder {
        static final Backend SCALAR = new ScalarBackend("cpu-scalar");
    }

    @Override
    public String kind() {
        return "cpu-scalar";
    }

    @Override
    public String unavailableReason() {
        return "";
    }

    @Override
    public int deviceCount() {
        return 1;
    }

    @Override
    public Backend open(int device) {
        return Holder.SCALAR;
    }
}
