package org.openmoshi.kernels.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/** The address of native host memory in JCuda's terms. */
final class HostPointer extends Pointer {
    /** Null, for {@code cuMemHostAlloc} to fill. */
    HostPointer() {}

    HostPointer(MemorySegment segment) {
        super(segment.address());
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
