package org.openmoshi.tensor.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.Arguments;
import org.openmoshi.tensor.device.Device;
import org.openmoshi.tensor.device.Program;

/**
 * A device that allows a number of groups along each axis of a grid, and refuses launches of more. It knows what was
 * launched, what filled a grid, and how often the host read; a launch can be made to fail.
 */
public final class WatchedDevice implements Device {
    private record Named(String name, Program.Entry entry) implements Program.Entry {}

    private final Device device;
    private final long x;
    private final long y;
    private final long z;
    private final Set<String> launched = new TreeSet<>();
    private final Set<String> filled = new TreeSet<>();
    private int launches;
    private int reads;
    private boolean lost;

    /** A device with the limits of another one. */
    public WatchedDevice(Device device) {
        this(device, device.maxGroups(0), device.maxGroups(1), device.maxGroups(2));
    }

    /** A device that allows so many groups along the axes of a grid. */
    public WatchedDevice(Device device, long x, long y, long z) {
        this.device = device;
        this.x = x;
        this.y = y;
        this.z = z;
    }

    /** The kernels that were launched. */
    public Set<String> launched() {
        return launched;
    }

    /** The kernels of which no launch had as many groups as the first axis allows. */
    public Set<String> neverFilled() {
        Set<String> rest = new TreeSet<>(launched);
        rest.removeAll(filled);
        return rest;
    }

    /** Number of launches so far. */
    public int launches() {
        return launches;
    }

    /** How often the host has waited for results so far. */
    public int reads() {
        return reads;
    }

    /** Makes all launches and copies fail from now on, or succeed again. */
    public void setLost(boolean value) {
        lost = value;
    }

    private void requireDevice() {
        if (lost) {
            throw new IllegalStateException(name() + " is lost");
        }
    }

    @Override
    public long maxGroups(int axis) {
        return axis == 0 ? x : axis == 1 ? y : z;
    }

    @Override
    public void launch(Program.Entry entry, long groupsX, long groupsY, long groupsZ, int items, Arguments arguments) {
        requireDevice();
        launches++;
        assertThat(groupsX).isBetween(1L, x);
        assertThat(groupsY).isBetween(1L, y);
        assertThat(groupsZ).isBetween(1L, z);
        Named named = (Named) entry;
        launched.add(named.name);
        if (groupsX == x) {
            filled.add(named.name);
        }
        device.launch(named.entry, groupsX, groupsY, groupsZ, items, arguments);
    }

    @Override
    public String name() {
        return device.name() + " in grids of " + x + " x " + y + " x " + z;
    }

    @Override
    public String description() {
        return device.description();
    }

    @Override
    public String identity() {
        return device.identity();
    }

    @Override
    public boolean tensorCores(DType dtype) {
        return device.tensorCores(dtype);
    }

    @Override
    public String dialect() {
        return device.dialect();
    }

    @Override
    public @Nullable InputStream kernelFile(String fileName) {
        return device.kernelFile(fileName);
    }

    @Override
    public @Nullable MemorySegment allocate(long bytes) {
        return device.allocate(bytes);
    }

    @Override
    public void release(MemorySegment block) {
        device.release(block);
    }

    @Override
    public void upload(MemorySegment host, MemorySegment block, long offset, long bytes) {
        requireDevice();
        device.upload(host, block, offset, bytes);
    }

    @Override
    public void download(MemorySegment block, long offset, MemorySegment host, long bytes) {
        requireDevice();
        reads++;
        device.download(block, offset, host, bytes);
    }

    @Override
    public byte[] compile(String name, String source) {
        return device.compile(name, source);
    }

    @Override
    public Program load(String name, byte[] binary) {
        Program program = device.load(name, binary);
        return entry -> new Named(name + " " + entry, program.entry(entry));
    }

    @Override
    public void synchronize() {
        device.synchronize();
    }
}
