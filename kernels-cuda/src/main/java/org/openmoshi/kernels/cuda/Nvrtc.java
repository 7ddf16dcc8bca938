package org.openmoshi.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.device.KernelCompilationException;

/**
 * NVRTC, the compiler of CUDA C++ that is a library, of CUDA 12 or 13; {@code -Dopenmoshi.nvrtc=FILE} names it.
 */
final class Nvrtc {
    private static final int SUCCESS = 0;
    private static final List<String> NAMES = List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so");

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

    private Nvrtc(NativeLibrary library) {
        createProgram = library.function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compileProgram = library.function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        destroyProgram = library.function("nvrtcDestroyProgram", ADDRESS);
        logSize = library.function("nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
        log = library.function("nvrtcGetProgramLog", ADDRESS, ADDRESS);
        ptxSize = library.function("nvrtcGetPTXSize", ADDRESS, ADDRESS);
        ptx = library.function("nvrtcGetPTX", ADDRESS, ADDRESS);
        errorString = library.function("nvrtcGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(JAVA_INT, 2);
            check(library.function("nvrtcVersion", ADDRESS, ADDRESS), numbers, numbers.asSlice(Integer.BYTES));
            version = numbers.getAtIndex(JAVA_INT, 0) + "." + numbers.getAtIndex(JAVA_INT, 1);
            check(library.function("nvrtcGetNumSupportedArchs", ADDRESS), numbers);
            MemorySegment supported = arena.allocate(JAVA_INT, numbers.getAtIndex(JAVA_INT, 0));
            check(library.function("nvrtcGetSupportedArchs", ADDRESS), supported);
            architectures = supported.toArray(JAVA_INT);
        }
    }

    /**
     * Finds and loads the library; null when there is none.
     *
     * @throws IllegalArgumentException when the file of {@code -Dopenmoshi.nvrtc} cannot be loaded
     */
    static @Nullable Nvrtc find() {
        NativeLibrary library = NativeLibrary.find("openmoshi.nvrtc", NAMES);
        return library == null ? null : new Nvrtc(library);
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
                int status = NativeLibrary.call(compileProgram, program, options.length, texts);
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
        int status = NativeLibrary.call(function, arguments);
        if (status != SUCCESS) {
            throw new IllegalStateException("NVRTC failed: " + describe(status));
        }
    }

    private String describe(int status) {
        return NativeLibrary.text(errorString, status);
    }
}
