package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.Tensor;

/**
 * Elements in row-major order on a device.
 *
 * @param offset the first element's place in the memory, in elements
 */
public record Block(MemorySegment memory, long offset) {
    /** The memory of a dense tensor. */
    static Block of(Tensor x) {
        return new Block(x.segment(), x.offset());
    }
}
