package org.openmoshi.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.Blas;

/**
 * cuBLAS of CUDA 12 or 13, on one stream; {@code -Dopenmoshi.cublas=FILE} names the library. Its matrices lie column by
 * column, so the transposed product is computed of what it sees as transposed operands.
 *
 * <p>Results have the same bits on every run on one device: cuBLAS promises that for one stream with a workspace of its
 * own as long as atomics are off, which they are unless allowed. float32 products are float32 throughout (TF32 is off
 * unless asked for), bfloat16 ones are summed in float32.
 */
final class Cublas implements Blas {
    /** What to say when it is not there. */
    static final String MISSING = "cuBLAS is not installed: libcublas.so.12 or .13 of a CUDA toolkit is found by the"
            + " dynamic linker or named with -Dopenmoshi.cublas=FILE";

    private static final List<String> NAMES = List.of("libcublas.so.13", "libcublas.so.12");

    // cublas_api.h and library_types.h
    private static final int SUCCESS = 0;
    private static final int ALGORITHM_DEFAULT = -1;
    private static final int MATH_NO_REDUCED_PRECISION_SUMS = 16;
    private static final int TYPE_F32 = 0;
    private static final int TYPE_F64 = 1;
    private static final int TYPE_BF16 = 14;
    private static final int COMPUTE_F32 = 68;
    private static final int COMPUTE_F64 = 70;

    private final CudaDevice device;
    private final MethodHandle gemm;
    private final MethodHandle gemmBatched;
    private final MethodHandle statusString;
    private final MemorySegment handle;
    private final String version;
    private final Factors floats = new Factors(DType.F32);
    private final Factors doubles = new Factors(DType.F64);

    /** The numbers 0 and 1 by address, in the type of the sums. */
    private record Factors(MemorySegment zero, MemorySegment one) {
        Factors(DType dtype) {
            this(
                    Arena.global().allocate(JAVA_DOUBLE), // zero in both types
                    dtype == DType.F64
                            ? Arena.global().allocateFrom(JAVA_DOUBLE, 1)
                            : Arena.global().allocateFrom(JAVA_FLOAT, 1));
        }
    }

    private Cublas(NativeLibrary library, CudaDevice device, long stream, MemorySegment workspace) {
        this.device = device;
        gemm = library.function(
                "cublasGemmEx",
                JAVA_LONG, // the handle
                JAVA_INT, // which operands are transposed
                JAVA_INT,
                JAVA_INT, // rows, columns, and the length of the sums
                JAVA_INT,
                JAVA_INT,
                ADDRESS, // alpha
                JAVA_LONG, // a, its type and leading dimension
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG, // b
                JAVA_INT,
                JAVA_INT,
                ADDRESS, // beta
                JAVA_LONG, // c
                JAVA_INT,
                JAVA_INT,
                JAVA_INT, // the type of sums, and the algorithm
                JAVA_INT);
        gemmBatched = library.function(
                "cublasGemmStridedBatchedEx",
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                ADDRESS,
                JAVA_LONG, // a, its type, leading dimension and stride
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG, // b
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG, // c
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT, // the number of matrices
                JAVA_INT,
                JAVA_INT);
        statusString = library.function("cublasGetStatusString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment made = arena.allocate(ADDRESS);
            check("cublasCreate", NativeLibrary.call(library.function("cublasCreate_v2", ADDRESS), made));
            handle = made.get(ADDRESS, 0);
            MemorySegment number = arena.allocate(JAVA_INT);
            call(library, "cublasGetVersion_v2", number);
            int digits = number.get(JAVA_INT, 0); // 120605 is 12.6.5
            version = digits / 10_000 + "." + digits / 100 % 100 + "." + digits % 100;
        }
        check(
                "cublasSetStream",
                NativeLibrary.call(library.function("cublasSetStream_v2", ADDRESS, JAVA_LONG), handle, stream));
        check(
                "cublasSetWorkspace",
                NativeLibrary.call(
                        library.function("cublasSetWorkspace_v2", ADDRESS, JAVA_LONG, JAVA_LONG),
                        handle,
                        workspace.address(),
                        workspace.byteSize()));
        check(
                "cublasSetMathMode",
                NativeLibrary.call(
                        library.function("cublasSetMathMode", ADDRESS, JAVA_INT),
                        handle,
                        MATH_NO_REDUCED_PRECISION_SUMS));
    }

    private void call(NativeLibrary library, String function, MemorySegment argument) {
        check(function, NativeLibrary.call(library.function(function, ADDRESS, ADDRESS), handle, argument));
    }

    /**
     * Finds the library and opens it on a device; null when there is none.
     *
     * @param workspace device memory that it may use
     */
    static @Nullable Cublas open(CudaDevice device, long stream, Supplier<MemorySegment> workspace) {
        NativeLibrary library = NativeLibrary.find("openmoshi.cublas", NAMES);
        return library == null ? null : new Cublas(library, device, stream, workspace.get());
    }

    String version() {
        return version;
    }

    @Override
    public boolean multiplies(DType dtype) {
        return dtype == DType.F32 || dtype == DType.F64 || dtype == DType.BF16;
    }

    @Override
    public void multiply(
            DType dtype, int batch, int m, int n, int k, Operand a, Operand b, Operand c, boolean accumulate) {
        int type = switch (dtype) {
            case F32 -> TYPE_F32;
            case F64 -> TYPE_F64;
            case BF16 -> TYPE_BF16;
            default -> throw new IllegalArgumentException("cuBLAS multiplies no matrices of " + dtype);
        };
        int sums = dtype == DType.F64 ? COMPUTE_F64 : COMPUTE_F32;
        Factors factors = dtype == DType.F64 ? doubles : floats;
        MemorySegment beta = accumulate ? factors.one : factors.zero;
        int transposeA = a.transposed() ? 1 : 0;
        int transposeB = b.transposed() ? 1 : 0;
        long inA = address(dtype, a);
        long inB = address(dtype, b);
        long out = address(dtype, c);
        synchronized (device) {
            device.enter();
            device.calls(batch == 1 ? "cublasGemmEx" : "cublasGemmStridedBatchedEx");
            int status;
            try {
                status = batch == 1
                        ? (int) gemm.invokeExact(
                                handle.address(),
                                transposeB,
                                transposeA,
                                n,
                                m,
                                k,
                                factors.one,
                                inB,
                                type,
                                b.leading(),
                                inA,
                                type,
                                a.leading(),
                                beta,
                                out,
                                type,
                                c.leading(),
                                sums,
                                ALGORITHM_DEFAULT)
                        : (int) gemmBatched.invokeExact(
                                handle.address(),
                                transposeB,
                                transposeA,
                                n,
                                m,
                                k,
                                factors.one,
                                inB,
                                type,
                                b.leading(),
                                b.batch(),
                                inA,
                                type,
                                a.leading(),
                                a.batch(),
                                beta,
                                out,
                                type,
                                c.leading(),
                                c.batch(),
                                batch,
                                sums,
                                ALGORITHM_DEFAULT);
            } catch (Throwable e) {
                throw new AssertionError("a native call threw", e);
            }
            check("a product of " + m + " x " + k + " and " + k + " x " + n + " in " + dtype, status);
        }
    }

    private static long address(DType dtype, Operand x) {
        return x.memory().address() + x.offset() * dtype.bytes();
    }

    private void check(String what, int status) {
        if (status != SUCCESS) {
            throw new IllegalStateException("cuBLAS on " + device.name() + ": " + what + " failed: "
                    + NativeLibrary.text(statusString, status) + "; -D" + MatMulKernel.PROPERTY
                    + "=own does without the library");
        }
    }
}
