package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * One launch of a kernel, put together argument by argument in the order of the kernel's parameters. Every buffer is
 * passed as two parameters, its block and an {@code i64} offset in elements.
 *
 * <p>Grids are cut to what the device allows, so every kernel strides over its grid: group g does the work of groups g,
 * g + GROUPS, g + 2 GROUPS, ... along each axis.
 */
final class Launch {
    /** Items of a group in kernels that handle one element per item; no device has fewer. */
    static final int ITEMS = 256;

    private final Device device;
    private final Arguments arguments = new Arguments();
    private Program.Entry entry = new Program.Entry() {};
    private boolean open;
    private long count;
    private @Nullable LaunchList recorded;

    Launch(Device device) {
        this.device = device;
    }

    /** Begins; there is one launch at a time, so a temporary copy must be asked for before, not among the arguments. */
    Launch start(Program.Entry kernel) {
        if (open) {
            throw new IllegalStateException("a launch was begun before the one at hand was done");
        }
        open = true;
        entry = kernel;
        arguments.clear();
        return this;
    }

    /** Counts a call of a library, which is as good as a launch. */
    void countCall() {
        count++;
    }

    /** Launches and calls so far. */
    long count() {
        return count;
    }

    /** Forgets a launch that an error interrupted, if there is one. */
    void abandon() {
        open = false;
    }

    /** Begins to add launches to a list instead of executing them. */
    LaunchList beginRecord() {
        recorded = new LaunchList(device, arguments);
        return recorded;
    }

    /** Ends it. */
    void endRecord() {
        recorded = null;
    }

    /** The memory of a tensor and where it begins; the kernel must know its strides otherwise. */
    Launch tensor(Tensor x) {
        return buffer(x.segment(), x.offset());
    }

    /** A dense operand. */
    Launch dense(Block block) {
        return buffer(block.memory(), block.offset());
    }

    private Launch buffer(MemorySegment memory, long offset) {
        arguments.addMemory(memory);
        arguments.addInteger(offset);
        return this;
    }

    /** An {@code i64}. */
    Launch integer(long value) {
        arguments.addInteger(value);
        return this;
    }

    /** A {@code double}. */
    Launch real(double value) {
        arguments.addReal(value);
        return this;
    }

    /** A {@code Layout} of sizes and the strides that belong to them. */
    Launch layout(long[] sizes, long[] strides) {
        return layout(sizes.length, sizes, strides);
    }

    /** A {@code Layout} of the first {@code rank} sizes and strides. */
    Launch layout(int rank, long[] sizes, long[] strides) {
        if (rank > Arguments.MAX_RANK) {
            throw new UnsupportedOperationException("a strided tensor of " + rank + " axes on " + device.name()
                    + ": kernels take up to " + Arguments.MAX_RANK + "; call contiguous() or merge axes first");
        }
        arguments.addLayout(rank, sizes, strides);
        return this;
    }

    /** A {@code Layout} of a shape and strides. */
    Launch layout(Shape shape, long[] strides) {
        return layout(shape.toArray(), strides);
    }

    /** Launches one item per element, in groups of {@link #ITEMS}. */
    void elements(long count) {
        groups((count + ITEMS - 1) / ITEMS, 1, 1, ITEMS);
    }

    /** Launches a line of groups. */
    void groups(long x, int items) {
        groups(x, 1, 1, items);
    }

    /** Launches a grid of groups of {@code items} items; nothing when an axis is empty. */
    void groups(long x, long y, long z, int items) {
        open = false;
        if (x <= 0 || y <= 0 || z <= 0) {
            return;
        }
        long groupsX = Math.min(x, device.maxGroups(0));
        long groupsY = Math.min(y, device.maxGroups(1));
        long groupsZ = Math.min(z, device.maxGroups(2));
        count++;
        if (recorded != null) {
            recorded.add(entry, groupsX, groupsY, groupsZ, items, arguments);
        } else {
            device.launch(entry, groupsX, groupsY, groupsZ, items, arguments);
        }
    }
}
