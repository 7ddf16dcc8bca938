package org.openmoshi.kernels.cuda.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * An NVIDIA driver, NVRTC, cuBLAS and cuDNN for tests: small native libraries that compile the real kernels with g++ and run
 * them on the CPU, under the real host code. What a kernel does wrong, such as an access outside of its memory or a missing
 * barrier, fails its launch with the kernel's name and the line; {@code emulator.h} says how.
 *
 * <p>{@link #load} is called before anything of CUDA is touched. The libraries are built once, below Maven's target
 * folder, and what they compile is kept there. JCuda finds the driver by its name, {@code libcuda.so.1}, because a library of that name is already loaded.
 */
@SuppressWarnings("restricted") // loading libraries is what this class is for
public final class EmulatedCuda {
    private static final List<String> DRIVER_PARTS =
            List.of("driver.cpp", "memory.cpp", "execution.cpp", "checks.cpp", "tensor_core.cpp", "compiler.cpp");
    private static final List<String> OTHER_FILES =
            List.of("emulator.h", "device.h", "nvrtc.cpp", "cublas.cpp", "cudnn.cpp");

    private static SymbolLookup driver;
    private static Path folder;

    private EmulatedCuda() {}

    /** Loads the driver, with every check; the test is skipped where g++ is not installed. */
    public static void load() {
        load(true);
    }

    /**
     * Loads the driver or changes its checks, for kernels that are compiled from now on.
     *
     * @param checks whether each access to memory is checked; without, kernels run several times faster and only guard
     *     pages, barriers and warps are watched
     */
    public static synchronized void load(boolean checks) {
        Assumptions.assumeTrue(
                compilerExists(), "g++ is not installed: CUDA kernels are not run in the emulated driver");
        try {
            if (driver == null) {
                folder = build();
                Path kernels = Files.createDirectories(folder.resolve("kernels"));
                System.setProperty(
                        "openmoshi.nvrtc", folder.resolve("libnvrtc.so.12").toString());
                System.setProperty(
                        "openmoshi.cublas", folder.resolve("libcublas.so.12").toString());
                System.setProperty(
                        "openmoshi.cudnn", folder.resolve("libcudnn.so.9").toString());
                System.setProperty("openmoshi.kernel.cache", kernels.toString());
                System.setProperty("openmoshi.memory.exact", String.valueOf(checks));
                driver = SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), Arena.global());
            }
            MethodHandle setup = Linker.nativeLinker()
                    .downcallHandle(
                            driver.findOrThrow("emulator_setup"),
                            FunctionDescriptor.ofVoid(
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT));
            try (Arena arena = Arena.ofConfined()) {
                setup.invokeWithArguments(
                        text(arena, "kernels"), text(arena, "device.h"), text(arena, "libcuda.so.1"), checks ? 1 : 0);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("the emulated CUDA driver cannot be loaded", e);
        }
    }

    private static MemorySegment text(Arena arena, String file) {
        return arena.allocateFrom(folder.resolve(file).toString());
    }

    private static boolean compilerExists() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(directory, "g++"))) {
                return true;
            }
        }
        return false;
    }

    /** The folder of all that is built. */
    public static Path home() {
        try {
            return Path.of(EmulatedCuda.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolveSibling("emulated-cuda");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the place of the test classes is not a path", e);
        }
    }

    /** Builds the libraries in a folder named by the hash of their sources, unless it is there. */
    private static Path build() throws IOException, InterruptedException, NoSuchAlgorithmException {
        List<String> files = new ArrayList<>(DRIVER_PARTS);
        files.addAll(OTHER_FILES);
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        for (String file : files) {
            hash.update(read(file));
        }
        Path home = home();
        Path built = home.resolve(HexFormat.of().formatHex(hash.digest()).substring(0, 16));
        if (Files.exists(built)) {
            return built;
        }
        Path made = Files.createTempDirectory(Files.createDirectories(home), "build");
        for (String file : files) {
            Files.write(made.resolve(file), read(file));
        }
        List<String> flags = List.of("-std=c++17", "-O2", "-g", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall");
        List<String> libcuda = new ArrayList<>(flags);
        libcuda.addAll(DRIVER_PARTS);
        libcuda.addAll(List.of("-o", "libcuda.so.1", "-Wl,-soname,libcuda.so.1", "-ldl", "-lpthread"));
        compile(made, libcuda);
        for (String name : List.of("libnvrtc.so.12", "libcublas.so.12", "libcudnn.so.9")) {
            String source = name.substring("lib".length(), name.indexOf('.')) + ".cpp";
            List<String> library = new ArrayList<>(flags);
            library.addAll(List.of(source, "-o", name, "-Wl,-soname," + name, "libcuda.so.1"));
            compile(made, library);
        }
        try {
            return Files.move(made, built, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            return built; // another process was faster
        } catch (FileSystemException e) {
            if (Files.exists(built)) {
                return built; // likewise; what a system calls a folder that is there differs
            }
            throw e;
        }
    }

    private static byte[] read(String file) {
        try (InputStream stream = EmulatedCuda.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalStateException("the emulator's source " + file + " is missing");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compile(Path directory, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("g++"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed:\n" + output);
        }
    }

    /** One of the libraries, such as {@code libcuda.so.1}. */
    public static Path library(String name) {
        return folder.resolve(name);
    }

    /** Bytes of device memory that are allocated. */
    public static long liveBytes() {
        return (long) call("emulator_live_bytes", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** Launches of kernels so far. */
    public static long launches() {
        return (long) call("emulator_launches", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** Launches of graphs so far. */
    public static long graphLaunches() {
        return (long) call("emulator_graph_launches", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** The sources of all kernels that were loaded, each one text that begins with the macros it was compiled with. */
    public static List<String> sources() {
        List<String> sources = new ArrayList<>();
        long count = (long) call("emulator_source_count", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
        for (long i = 0; i < count; i++) {
            MemorySegment text = (MemorySegment)
                    call("emulator_source", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG), i);
            sources.add(text.reinterpret(Integer.MAX_VALUE).getString(0));
        }
        return sources;
    }

    /** Sets the size of device memory in bytes. */
    public static void setCapacity(long bytes) {
        call("emulator_set_capacity", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), bytes);
    }

    /** Sets whether the device is lost: every call then fails. */
    public static void setLost(boolean lost) {
        call("emulator_set_lost", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), lost ? 1 : 0);
    }

    /** Sets whether the threads of a block run from the last to the first. */
    public static void setDescending(boolean descending) {
        call("emulator_set_descending", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), descending ? 1 : 0);
    }

    private static Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
        try {
            return Linker.nativeLinker()
                    .downcallHandle(driver.findOrThrow(function), descriptor)
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError("a native call threw", e);
        }
    }
}
