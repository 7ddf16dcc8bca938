package org.openmoshi.kernels.cuda;

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

/**
 * A library of a CUDA toolkit. It is searched for under its names in the places of the dynamic linker and in the
 * {@code lib64} of {@code CUDA_HOME}, {@code CUDA_PATH} and {@code /usr/local/cuda}; a system property may name its file
 * instead.
 */
@SuppressWarnings("restricted") // calling native functions is what this class is for
final class NativeLibrary {
    private static final long MAX_STRING = 1L << 30;

    private final SymbolLookup symbols;

    private NativeLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /**
     * Finds and loads a library; null when there is none.
     *
     * @param property the system property that may name its file
     * @param names file names, best first
     * @throws IllegalArgumentException when the file that the property names cannot be loaded
     */
    static @Nullable NativeLibrary find(String property, List<String> names) {
        String chosen = System.getProperty(property);
        if (chosen != null) {
            return new NativeLibrary(load(Path.of(chosen).toAbsolutePath().toString())
                    .orElseThrow(() -> new IllegalArgumentException(
                            "-D" + property + "=" + chosen + " cannot be loaded as a library")));
        }
        for (String candidate : candidates(names)) {
            Optional<SymbolLookup> found = load(candidate);
            if (found.isPresent()) {
                return new NativeLibrary(found.get());
            }
        }
        return null;
    }

    private static List<String> candidates(List<String> names) {
        List<String> candidates = new ArrayList<>(names);
        for (String home : new String[] {System.getenv("CUDA_HOME"), System.getenv("CUDA_PATH"), "/usr/local/cuda"}) {
            if (home != null && !home.isEmpty()) {
                names.stream()
                        .map(name -> Path.of(home, "lib64", name))
                        .filter(Files::exists)
                        .forEach(file -> candidates.add(file.toString()));
            }
        }
        return candidates;
    }

    /** True when the dynamic linker finds a library of a name. */
    static boolean exists(String name) {
        return load(name).isPresent();
    }

    private static Optional<SymbolLookup> load(String library) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(library, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // what libraryLookup throws when the dynamic linker does not find it
        }
    }

    /** A function that returns a status. */
    MethodHandle function(String name, MemoryLayout... parameters) {
        return function(name, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
    }

    /** Any function. */
    MethodHandle function(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), descriptor);
    }

    /** Calls a function that returns a status. */
    static int call(MethodHandle function, @Nullable Object... arguments) {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError("a native call threw", e);
        }
    }

    /** What a function of type {@code size_t ()} returns. */
    static long number(MethodHandle function) {
        try {
            return (long) function.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError("a native call threw", e);
        }
    }

    /** What a function of type {@code const char* (int)} says on a number. */
    static String text(MethodHandle function, int number) {
        try {
            MemorySegment text = (MemorySegment) function.invokeExact(number);
            return text.reinterpret(MAX_STRING).getString(0);
        } catch (Throwable e) {
            throw new AssertionError("a native call threw", e);
        }
    }
}
