package org.openmoshi.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.Block;
import org.openmoshi.tensor.device.ConvolutionLibrary;

/**
 * cuDNN 8 or 9, on one stream; {@code -Dopenmoshi.cudnn=FILE} names the library. Of its algorithms those are taken that
 * have the same bits on every run, and float32 is float32 throughout (FMA_MATH: no TF32).
 */
final class Cudnn implements ConvolutionLibrary {
    /** What to say when it is not there. */
    static final String MISSING = "cuDNN is not installed: libcudnn.so.9 or .8 is found by the dynamic linker or named"
            + " with -Dopenmoshi.cudnn=FILE";

    private static final List<String> NAMES = List.of("libcudnn.so.9", "libcudnn.so.8");

    // cudnn_graph.h, cudnn_ops.h and cudnn_cnn.h
    private static final int SUCCESS = 0;
    private static final int TYPE_F32 = 0;
    private static final int TYPE_F64 = 1;
    private static final int ROW_MAJOR = 0; // NCHW
    private static final int CROSS_CORRELATION = 1;
    private static final int MATH_FMA = 3;

    /** The number that the chosen algorithm has for every part, each the deterministic one among fast ones. */
    private static final int ALGORITHM = 1; // IMPLICIT_PRECOMP_GEMM, BWD_DATA_ALGO_1, BWD_FILTER_ALGO_1

    private record Key(Part part, DType dtype, Convolution convolution) {}

    /** The descriptors of a part: of its operands, of its result and of the geometry. They stay, as compiled kernels do. */
    private record Plan(
            MemorySegment first,
            MemorySegment second,
            MemorySegment result,
            MemorySegment geometry,
            long workspaceBytes) {}

    private final CudaDevice device;
    private final NativeLibrary library;
    private final MethodHandle errorString;
    private final Map<String, MethodHandle> functions = new HashMap<>();
    private final Map<Key, Plan> plans = new HashMap<>();
    private final MemorySegment handle;
    private final long version;
    private final MemorySegment zero = Arena.global().allocate(JAVA_DOUBLE); // in both types
    private final MemorySegment oneFloat = Arena.global().allocateFrom(JAVA_FLOAT, 1);
    private final MemorySegment oneDouble = Arena.global().allocateFrom(JAVA_DOUBLE, 1);

    private Cudnn(NativeLibrary library, CudaDevice device, long stream) {
        this.device = device;
        this.library = library;
        errorString = library.function("cudnnGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        handle = made("cudnnCreate");
        check("cudnnSetStream", call("cudnnSetStream", handle, stream));
        version = NativeLibrary.number(library.function("cudnnGetVersion", FunctionDescriptor.of(JAVA_LONG)));
    }

    /** Finds the library and opens it on a device; null when there is none. */
    static @Nullable Cudnn open(CudaDevice device, long stream) {
        NativeLibrary library = NativeLibrary.find("openmoshi.cudnn", NAMES);
        return library == null ? null : new Cudnn(library, device, stream);
    }

    String version() {
        long scale = version >= 90_000 ? 10_000 : 1_000; // 90501 is 9.5.1, and 8907 is 8.9.7
        return version / scale + "." + version % scale / 100 + "." + version % 100;
    }

    @Override
    public synchronized long workspaceBytes(Part part, DType dtype, Convolution convolution) {
        if (dtype != DType.F32 && dtype != DType.F64) {
            return -1;
        }
        return plans.computeIfAbsent(new Key(part, dtype, convolution), this::plan).workspaceBytes;
    }

    private static String name(Part part) {
        return switch (part) {
            case FORWARD -> "Forward";
            case INPUT_GRADIENT -> "BackwardData";
            case WEIGHT_GRADIENT -> "BackwardFilter";
        };
    }

    private Plan plan(Key key) {
        device.enter();
        Convolution c = key.convolution;
        int type = key.dtype == DType.F64 ? TYPE_F64 : TYPE_F32;
        MemorySegment x = made("cudnnCreateTensorDescriptor");
        MemorySegment y = made("cudnnCreateTensorDescriptor");
        MemorySegment weight = made("cudnnCreateFilterDescriptor");
        MemorySegment convolution = made("cudnnCreateConvolutionDescriptor");
        String images = "cudnnSetTensor4dDescriptor";
        check(images, call(images, x, ROW_MAJOR, type, c.batch(), c.channels(), c.height(), c.width()));
        check(images, call(images, y, ROW_MAJOR, type, c.batch(), c.outChannels(), c.outHeight(), c.outWidth()));
        String filter = "cudnnSetFilter4dDescriptor";
        int inGroup = c.channels() / c.groups();
        check(
                filter,
                call(filter, weight, type, ROW_MAJOR, c.outChannels(), inGroup, c.kernelHeight(), c.kernelWidth()));
        String geometry = "cudnnSetConvolution2dDescriptor";
        check(
                geometry,
                call(
                        geometry,
                        convolution,
                        c.padHeight(),
                        c.padWidth(),
                        c.strideHeight(),
                        c.strideWidth(),
                        c.dilationHeight(),
                        c.dilationWidth(),
                        CROSS_CORRELATION,
                        type));
        String groups = "cudnnSetConvolutionGroupCount";
        check(groups, call(groups, convolution, c.groups()));
        String math = "cudnnSetConvolutionMathType";
        check(math, call(math, convolution, MATH_FMA));
        return switch (key.part) {
            case FORWARD -> plan(key.part, x, weight, y, convolution);
            case INPUT_GRADIENT -> plan(key.part, weight, y, x, convolution);
            case WEIGHT_GRADIENT -> plan(key.part, x, y, weight, convolution);
        };
    }

    private Plan plan(
            Part part, MemorySegment first, MemorySegment second, MemorySegment result, MemorySegment convolution) {
        String size = "cudnnGetConvolution" + name(part) + "WorkspaceSize";
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(JAVA_LONG);
            int status = call(size, handle, first, second, convolution, result, ALGORITHM, bytes);
            // what an algorithm does not support is said here; kernels then compute it
            return new Plan(first, second, result, convolution, status == SUCCESS ? bytes.get(JAVA_LONG, 0) : -1);
        }
    }

    @Override
    public synchronized void run(
            Part part,
            DType dtype,
            Convolution convolution,
            Block x,
            Block weight,
            Block y,
            @Nullable MemorySegment workspace,
            boolean accumulate) {
        Plan plan = plans.get(new Key(part, dtype, convolution));
        if (plan == null) {
            throw new IllegalStateException("the workspace of a convolution is asked for before it is computed");
        }
        String function = "cudnnConvolution" + name(part);
        Block first = part == Part.INPUT_GRADIENT ? weight : x;
        Block second = part == Part.FORWARD ? weight : y;
        Block result = switch (part) {
            case FORWARD -> y;
            case INPUT_GRADIENT -> x;
            case WEIGHT_GRADIENT -> weight;
        };
        MemorySegment alpha = dtype == DType.F64 ? oneDouble : oneFloat;
        synchronized (device) {
            device.enter();
            device.calls(function);
            int status = call(
                    function,
                    handle,
                    alpha,
                    plan.first,
                    address(dtype, first),
                    plan.second,
                    address(dtype, second),
                    plan.geometry,
                    ALGORITHM,
                    workspace == null ? 0L : workspace.address(),
                    plan.workspaceBytes,
                    accumulate ? alpha : zero,
                    plan.result,
                    address(dtype, result));
            check(function + " of " + convolution + " in " + dtype, status);
        }
    }

    private static long address(DType dtype, Block block) {
        return block.memory().address() + block.offset() * dtype.bytes();
    }

    /** What a function of creation makes. */
    private MemorySegment made(String function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment place = arena.allocate(ADDRESS);
            check(function, call(function, place));
            return place.get(ADDRESS, 0);
        }
    }

    /** Calls a function whose parameters have the types of the arguments. */
    private int call(String function, Object... arguments) {
        MethodHandle found = functions.get(function);
        if (found == null) {
            MemoryLayout[] parameters = new MemoryLayout[arguments.length];
            for (int i = 0; i < parameters.length; i++) {
                parameters[i] =
                        arguments[i] instanceof Integer ? JAVA_INT : arguments[i] instanceof Long ? JAVA_LONG : ADDRESS;
            }
            found = library.function(function, parameters);
            functions.put(function, found);
        }
        return NativeLibrary.call(found, arguments);
    }

    private void check(String what, int status) {
        if (status != SUCCESS) {
            throw new IllegalStateException(
                    "cuDNN on " + device.name() + ": " + what + " failed: " + NativeLibrary.text(errorString, status)
                            + "; -D" + ConvKernel.PROPERTY + "=own does without the library");
        }
    }
}
