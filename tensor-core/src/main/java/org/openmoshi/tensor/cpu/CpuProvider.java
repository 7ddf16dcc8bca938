package org.openmoshi.tensor.cpu;

import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;

/** Provides {@code cpu}: Vector API kernels where the module is present, scalar ones otherwise. */
public final class CpuProvider implements BackendProvider {
    @Override
    public String kind() {
        return "cpu";
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
        return Holder.CPU;
    }

    private static final class Holder {
        static final Backend CPU = open();

        private static Backend open() {
            if (CpuBackend.vectorModulePresent()) {
                return new VectorBackend();
            }
            System.getLogger("org.openmoshi.tensor")
                    .log(
                            System.Logger.Level.WARNING,
                            "the module jdk.incubator.vector is missing: computing with scalar loops, many times slower;"
                                    + " start java with --add-modules jdk.incubator.vector");
            return new ScalarBackend("cpu");
        }
    }
}
