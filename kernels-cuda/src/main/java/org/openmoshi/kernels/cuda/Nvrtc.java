package org.openmoshi.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.device.KernelCompilationException;

/**
 * NVRTC, the compiler of CUDA C++ that is a library, of CUDA 12 or 13. It is searched for under its names in the places
 * of the dynamic linker and in the {@code lib64} of {@code CUDA_HOME}, {@code CUDA_PATH} and {@code /usr/local/cuda};
 * {@code -Dopenmoshi.nvrtc=FILE} names it.
 */
@SuppressWarnings("restricted") // calling native functions is what this class is for
final class Nvrtc {
    private static final int SUCCESS = 0;
    private static final List<String> NAMES = List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so");
    private static final long MAX_STRING = 1L << 30;

    private final SymbolLookup library;
    private final MethodHandle createProgram;
    private final MethodHandle compileProgram;
    private final MethodHandle destroyProgram;
    private final MethodHandle logSize;
    private final MethodHandle log;
    private final MethodHandle ptxSize;
    private final MethodHandle ptx;
    private final MethodHandle errorString;
    private final String version;
    private final int[] architectures;

    private Nvrtc(SymbolLookup library) {
        this.library = library;
        createProgram = function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compileProgram = function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        destroyProgram = function("nvrtcDestroyProgram", ADDRESS);
        logSize = function("nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
        log = function("nvrtcGetProgramLog", ADDRESS, ADDRESS);
        ptxSize = function("nvrtcGetPTXSize", ADDRESS, ADDRESS);
        ptx = function("nvrtcGetPTX", ADDRESS, ADDRESS);
        errorString = Linker.nativeLinker()
                .downcallHandle(library.findOrThrow("nvrtcGetErrorString"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(JAVA_INT, 2);
            check(function("nvrtcVersion", ADDRESS, ADDRESS), numbers, numbers.asSlice(Integer.BYTES));
            version = numbers.getAtIndex(JAVA_INT, 0) + "." + numbers.getAtIndex(JAVA_INT, 1);
            check(function("nvrtcGetNumSupportedArchs", ADDRESS), numbers);
            MemorySegment supported = arena.allocate(JAVA_INT, numbers.getAtIndex(JAVA_INT, 0));
            check(function("nvrtcGetSupportedArchs", ADDRESS), supported);
            architectures = supported.toArray(JAVA_INT);
        }
    }

    /**
     * Finds and loads the library; null when there is none.
     *
     * @throws IllegalArgumentException when the file of {@code -Dopenmoshi.nvrtc} cannot be loaded
     */
    static @Nullable Nvrtc find() {
        String chosen = System.getProperty("openmoshi.nvrtc");
        if (chosen != null) {
            return new Nvrtc(load(Path.of(chosen).toAbsolutePath().toString())
                    .orElseThrow(() -> new IllegalArgumentException(
                            "-Dopenmoshi.nvrtc=" + chosen + " cannot be loaded as a library")));
        }
        for (String candidate : candidates()) {
            Optional<SymbolLookup> found = load(candidate);
            if (found.isPresent()) {
                return new Nvrtc(found.get());
            }
        }
        return null;
    }

    private static List<String> candidates() {
        List<String> candidates = new ArrayList<>(NAMES);
        for (String home : new String[] {System.getenv("CUDA_HOME"), System.getenv("CUDA_PATH"), "/usr/local/cuda"}) {
            if (home != null && !home.isEmpty()) {
                NAMES.stream()
                        .map(name -> Path.of(home, "lib64", name))
                        .filter(Files::exists)
                        .forEach(file -> candidates.add(file.toString()));
            }
        }
        return candidates;
    }

    /** A library by its file or by its name in the places of the dynamic linker. */
    static Optional<SymbolLookup> load(String library) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(library, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // what libraryLookup throws when the dynamic linker does not find it
        }
    }

    private MethodHandle function(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker()
                .downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, parameters));
    }

    /** Major and minor version. */
    String version() {
        return version;
    }

    /** The newest architecture (10 x major + minor) that it compiles for, up to that of a device. */
    int architecture(int device) {
        int best = 0;
        for (int architecture : architectures) {
            if (architecture <= device) {
                best = Math.max(best, architecture);
            }
        }
        if (best == 0) {
            throw new IllegalStateException("NVRTC " + version + " does not compile for compute capability "
                    + device / 10 + "." + device % 10 + ": install a CUDA toolkit that supports this GPU");
        }
        return best;
    }

    /**
     * Compiles to PTX, a text that ends with a zero byte.
     *
     * @throws KernelCompilationException with the compiler's log
     */
    byte[] compile(String name, String source, String deviceName, String... options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(ADDRESS);
            check(
                    createProgram,
                    handle,
                    arena.allocateFrom(source),
                    arena.allocateFrom(name),
                    0,
                    MemorySegment.NULL,
                    MemorySegment.NULL);
            try {
                MemorySegment program = handle.get(ADDRESS, 0);
                MemorySegment texts = arena.allocate(ADDRESS, options.length);
                for (int i = 0; i < options.length; i++) {
                    texts.setAtIndex(ADDRESS, i, arena.allocateFrom(options[i]));
                }
                int status = call(compileProgram, program, options.length, texts);
                if (status != SUCCESS) {
                    String text = new String(bytes(program, logSize, log), java.nio.charset.StandardCharsets.UTF_8);
                    throw new KernelCompilationException(
                            name, deviceName, describe(status) + "\n" + text.replace("\0", ""));
                }
                return bytes(program, ptxSize, ptx);
            } finally {
                check(destroyProgram, handle);
            }
        }
    }

    private byte[] bytes(MemorySegment program, MethodHandle size, MethodHandle contents) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment length = arena.allocate(JAVA_LONG);
            check(size, program, length);
            MemorySegment bytes = arena.allocate(length.get(JAVA_LONG, 0));
            check(contents, program, bytes);
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private void check(MethodHandle function, Object... arguments) {
        int status = call(function, arguments);
        if (status != SUCCESS) {
            throw new IllegalStateException("NVRTC failed: " + describe(status));
        }
    }

    private String describe(int status) {
        try {
            MemorySegment text = (MemorySegment) errorString.invokeExact(status);
            return text.reinterpret(MAX_STRING).getString(0);
        } catch (Throwable e) {
            throw new AssertionError("a native call threw", e);
        }
    }

    private static int call(MethodHandle function, Object... arguments) {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError("a native call threw", e);
        }
    }
}
