package org.openmoshi.tensor.device;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.openmoshi.tensor.DType;

/** The kernels of a device, compiled at first use, once per element type. */
final class Kernels {
    /** A file with the macros that it is compiled with. */
    private record Compiled(String file, String define) {}

    private record Key(Compiled program, String entry) {}

    private final Device device;
    private final KernelCache cache;
    private final Map<Compiled, Program> programs = new HashMap<>();
    private final Map<Key, Program.Entry> entries = new HashMap<>();

    Kernels(Device device, KernelCache cache) {
        this.device = device;
        this.cache = cache;
    }

    /** The macro by which a kernel knows its element type. */
    static String type(DType dtype) {
        return "TYPE_" + dtype.name();
    }

    /**
     * An entry point of a kernel file, without its ending.
     *
     * @param define the macros that the file is compiled with, separated by spaces
     * @throws KernelCompilationException when it does not compile
     */
    Program.Entry entry(String file, String define, String entry) {
        Compiled program = new Compiled(file, define);
        Key key = new Key(program, entry);
        Program.Entry found = entries.get(key);
        if (found == null) {
            found = programs.computeIfAbsent(program, this::program).entry(entry);
            entries.put(key, found);
        }
        return found;
    }

    private Program program(Compiled kernels) {
        String fileName = kernels.file + '.' + device.dialect();
        String source = KernelSource.read(device::kernelFile, fileName, kernels.define.split(" "));
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
