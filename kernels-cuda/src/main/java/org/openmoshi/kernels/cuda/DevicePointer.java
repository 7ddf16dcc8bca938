package org.openmoshi.kernels.cuda;

import jcuda.driver.CUdeviceptr;

/** A device address in JCuda's terms, whose own type hides the number. */
final class DevicePointer extends CUdeviceptr {
    /** Null, for {@code cuMemAlloc} to fill. */
    DevicePointer() {}

    DevicePointer(long address) {
        super(new CUdeviceptr(), address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
