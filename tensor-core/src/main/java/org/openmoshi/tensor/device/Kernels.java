package org.openmoshi.tensor.device;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.openmoshi.tensor.DType;

/** The kernels of a device, compiled at first use, once per element type. */
final class Kernels {
    /** A compiled file: its name and the macros it was compiled with. */
    private record Key(String file, String define, String entry) {}

    private final Device device;
    private final KernelCache cache;
    private final Map<Key, Program> programs = new HashMap<>();
    private final Map<Key, Program.Entry> entries = new HashMap<>();

    Kernels(Device device, KernelCache cache) {
        this.device = device;
        this.cache = cache;
    }

    /** The macro by which a kernel knows its element type. */
    static String type(DType dtype) {
        return TYPES[dtype.ordinal()];
    }

    private static final String[] TYPES = {
        "TYPE_F32", "TYPE_F64", "TYPE_BF16", "TYPE_F16", "TYPE_I32", "TYPE_I64", "TYPE_BOOL"
    };

    /**
     * An entry point of a kernel file, without its ending.
     *
     * @param define the macros that the file is compiled with, separated by spaces
     * @throws KernelCompilationException when it does not compile
     */
    Program.Entry entry(String file, String define, String entry) {
        Key key = new Key(file, define, entry);
        Program.Entry found = entries.get(key);
        if (found == null) {
            found = programs.computeIfAbsent(new Key(file, define, ""), this::program)
                    .entry(entry);
            entries.put(key, found);
        }
        return found;
    }

    private Program program(Key key) {
        String fileName = key.file + '.' + device.dialect();
        String source = KernelSource.read(device::kernelFile, fileName, key.define.split(" "));
        Path file = cache.file(device.identity(), source);
        byte[] binary = cache.read(file);
        if (binary != null) {
            try {
                return device.load(fileName, binary);
            } catch (IllegalArgumentException e) {
                // a binary that this driver does not take is compiled again
            }
        }
        binary = device.compile(fileName, source);
        cache.write(file, binary);
        return device.load(fileName, binary);
    }
}
