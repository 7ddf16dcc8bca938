package org.openmoshi.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Reference-counted memory of one backend, shared by a tensor and its views. On the CPU the segment is addressable; on a
 * device its address is the device's own pointer or handle and only the backend may use it.
 *
 * <p>The version counts in-place writes: the tape remembers it for what it saves, so that a value overwritten between
 * forward and backward is an error instead of a wrong gradient.
 */
public final class Storage {
    private final Backend backend;
    private final MemorySegment segment;
    private final long bytes;
    private int references = 1;
    private int version;

    private Storage(Backend backend, MemorySegment segment, long bytes) {
        this.backend = backend;
        this.segment = segment;
        this.bytes = bytes;
    }

    /** Uninitialised memory with one reference. */
    static Storage allocate(Backend backend, long bytes) {
        Storage storage = new Storage(backend, backend.allocate(bytes), bytes);
        Memory.allocated(storage);
        return storage;
    }

    /** The backend that owns the memory. */
    public Backend backend() {
        return backend;
    }

    /** The memory; see the class comment for what may be done with it. */
    public MemorySegment segment() {
        return segment;
    }

    /** Size asked for, in bytes. */
    public long byteSize() {
        return bytes;
    }

    /** Number of in-place writes so far. */
    public int version() {
        return version;
    }

    /** Notes an in-place write. */
    void written() {
        version++;
    }

    synchronized void retain() {
        if (references == 0) {
            throw new IllegalStateException("storage was already released");
        }
        references++;
    }

    synchronized void release() {
        if (--references == 0) {
            Memory.released(this);
            backend.free(segment);
        }
    }
}
