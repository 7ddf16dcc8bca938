package org.openmoshi.kernels.cuda;

import jcuda.driver.CUstream;

/** A stream in JCuda's terms, whose own type hides the driver's handle. */
final class StreamPointer extends CUstream {
    /** The handle that libraries take. */
    long address() {
        return getNativePointer();
    }
}
