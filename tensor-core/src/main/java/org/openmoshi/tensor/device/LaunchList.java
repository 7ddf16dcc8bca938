package org.openmoshi.tensor.device;

import java.util.ArrayList;
import java.util.List;

/** The launches of a step one by one, for a device that does not collect them itself. */
final class LaunchList implements DeviceGraph {
    private record Recorded(Program.Entry entry, long x, long y, long z, int items, Arguments arguments) {}

    private final Device device;
    private final List<Recorded> launches = new ArrayList<>();
    private final Arguments current; // devices keep what they know of its memory

    LaunchList(Device device, Arguments current) {
        this.device = device;
        this.current = current;
    }

    void add(Program.Entry entry, long x, long y, long z, int items, Arguments arguments) {
        launches.add(new Recorded(entry, x, y, z, items, arguments.copy()));
    }

    @Override
    public void launch() {
        for (Recorded launch : launches) {
            current.set(launch.arguments);
            device.launch(launch.entry, launch.x, launch.y, launch.z, launch.items, current);
        }
    }

    @Override
    public void close() {
        launches.clear();
    }
}
