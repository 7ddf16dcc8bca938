package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.CachingAllocator;
import org.openmoshi.tensor.Replay;

/**
 * A step while it is recorded, and afterwards. It runs twice: once to be executed, which compiles its kernels and shows
 * how much memory it needs, and once to collect its launches. The memory of its temporary tensors is its own, because
 * later executions write there again.
 */
final class Recording implements Replay {
    private final Device device;
    private final CachingAllocator pool;
    private final Set<Long> blocks = new HashSet<>();
    private int live;
    private boolean grows = true;
    private @Nullable DeviceGraph graph;
    private final Runnable beforeRun;

    /**
     * Begins.
     *
     * @param beforeRun what the backend has to do before every execution
     */
    Recording(Device device, Runnable beforeRun) {
        this.device = device;
        this.beforeRun = beforeRun;
        pool = CachingAllocator.keeping(device.name(), new CachingAllocator.Source() {
            @Override
            public @Nullable MemorySegment allocate(long bytes) {
                if (!grows) {
                    throw new IllegalStateException("a step that is recorded on " + device.name() + " asks for "
                            + bytes + " bytes that it did not ask for when it ran before: it must do the same each"
                            + " time");
                }
                return device.allocate(bytes);
            }

            @Override
            public void release(MemorySegment block) {
                device.release(block);
            }
        });
    }

    MemorySegment allocate(long bytes) {
        MemorySegment block = pool.allocate(bytes);
        blocks.add(block.address());
        live++;
        return block;
    }

    /** Takes memory back; false when it is not of this step. */
    boolean free(MemorySegment block) {
        if (!blocks.contains(block.address())) {
            return false;
        }
        live--;
        pool.free(block);
        return true;
    }

    /** After the first run: from now on nothing may be allocated. */
    void capture() {
        if (live > 0) {
            throw new IllegalStateException("a step that is recorded on " + device.name() + " left " + live
                    + " tensors behind: it must close what it makes, and write results into tensors that were there"
                    + " before");
        }
        grows = false;
    }

    void end(DeviceGraph collected) {
        graph = collected;
    }

    @Override
    public void run() {
        if (graph == null) {
            throw new IllegalStateException("a recorded step was closed, or never recorded to its end");
        }
        beforeRun.run();
        graph.launch();
    }

    @Override
    public void close() {
        if (graph != null) {
            graph.close();
            graph = null;
        }
        pool.trim();
    }
}
