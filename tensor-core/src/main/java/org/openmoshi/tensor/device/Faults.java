package org.openmoshi.tensor.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What kernels cannot throw: an index out of range or an integer divided by zero is noted in a few words of device memory
 * (kind, value, bound) and the element gets zero; the next copy to the host, which waits for the device anyway, finds the
 * note and throws. Of several faults any one may be the one that is kept.
 */
final class Faults {
    private static final long BYTES = 3L * Long.BYTES;

    private final Device device;
    private final Block block;
    private final MemorySegment host = Arena.global().allocate(BYTES, Long.BYTES);
    private boolean possible;

    Faults(Device device, MemorySegment memory) {
        this.device = device;
        this.block = new Block(memory, 0);
        clear();
    }

    static long byteSize() {
        return BYTES;
    }

    /** The words, for a kernel that may write them. */
    Block block() {
        possible = true;
        return block;
    }

    /** The words, for a kernel that takes them but never writes them for its element type. */
    Block unused() {
        return block;
    }

    private void clear() {
        host.fill((byte) 0);
        device.upload(host, block.memory(), 0, BYTES);
        possible = false;
    }

    /**
     * Reads the words if a kernel launched since the last time may have written them.
     *
     * @throws IndexOutOfBoundsException when an index was out of range
     * @throws ArithmeticException when integers have no quotient or power
     */
    void check() {
        if (!possible) {
            return;
        }
        device.download(block.memory(), 0, host, BYTES);
        possible = false;
        long kind = host.getAtIndex(ValueLayout.JAVA_LONG, 0);
        if (kind == 0) {
            return;
        }
        long value = host.getAtIndex(ValueLayout.JAVA_LONG, 1);
        long bound = host.getAtIndex(ValueLayout.JAVA_LONG, 2);
        clear();
        String where = " (found on " + device.name() + " when a later result was read)";
        throw switch ((int) kind) { // the numbers of faults.h
            case 1 -> new IndexOutOfBoundsException("index " + value + " is outside an axis of size " + bound + where);
            case 2 -> new ArithmeticException("div: integer division of " + value + " by zero" + where);
            default ->
                new ArithmeticException("pow: " + value + " to the negative power " + bound + " is no integer" + where);
        };
    }
}
