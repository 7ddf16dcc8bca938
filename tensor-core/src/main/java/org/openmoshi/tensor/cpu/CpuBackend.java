package org.openmoshi.tensor.cpu;

import java.lang.foreign.MemorySegment;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.CachingAllocator;

/** What both CPU backends share: memory from one caching allocator, copies that are plain memory copies. */
abstract sealed class CpuBackend implements Backend permits ScalarBackend, VectorBackend {
    private static final CachingAllocator MEMORY = new CachingAllocator("native", new CpuMemory());

    static boolean vectorModulePresent() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    @Override
    public MemorySegment allocate(long bytes) {
        return MEMORY.allocate(bytes);
    }

    @Override
    public void free(MemorySegment segment) {
        MEMORY.free(segment);
    }

    @Override
    public void upload(MemorySegment host, MemorySegment memory, long offset, long bytes) {
        MemorySegment.copy(host, 0, memory, offset, bytes);
    }

    @Override
    public void download(MemorySegment memory, long offset, MemorySegment host, long bytes) {
        MemorySegment.copy(memory, offset, host, 0, bytes);
    }

    /** Gives the memory of freed tensors back to the system. */
    static void trim() {
        MEMORY.trim();
    }

    /** Bytes that the allocator holds from the system, cached ones included. */
    static long systemBytes() {
        return MEMORY.heldBytes();
    }
}
