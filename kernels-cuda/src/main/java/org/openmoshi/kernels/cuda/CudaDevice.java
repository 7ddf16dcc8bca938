package org.openmoshi.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.Arguments;
import org.openmoshi.tensor.device.Blas;
import org.openmoshi.tensor.device.ConvolutionLibrary;
import org.openmoshi.tensor.device.Device;
import org.openmoshi.tensor.device.DeviceGraph;
import org.openmoshi.tensor.device.Program;

/**
 * A GPU through its primary context and one stream. Copies go through pinned memory of its own, in pieces, so that host
 * memory of any kind can be reused on return and the stream still runs ahead of the host.
 *
 * <p>A kernel's failure shows up late: at its own launch, at a later one, or where the host waits. Afterwards the driver
 * refuses everything until the process ends. With {@code CUDA_LAUNCH_BLOCKING=1} in the environment, the kernel that a
 * message names is the one that failed.
 */
@SuppressWarnings("restricted") // pinned memory is reached by its address
final class CudaDevice implements Device {
    private static final int PINNED_BYTES = 4 << 20;
    /** The least compute capability with bfloat16 on tensor cores and asynchronous copies. */
    private static final int TENSOR_CORES = 80;

    private static final long PARAMETER_END = 0;
    private static final long PARAMETER_BUFFER = 1;
    private static final long PARAMETER_BYTES = 2;

    private final int number;
    private final Nvrtc compiler;
    private final CUcontext context = new CUcontext();
    private final StreamPointer stream = new StreamPointer();
    private final CUdevice device = new CUdevice();
    private final String model;
    private final int architecture;
    private final MatMulKernel matMul;
    private final boolean matMulIsDefault;
    private final @Nullable Cublas cublas;
    private final @Nullable Cudnn cudnn;
    private final boolean tensorCores;
    private final CudaLimits limits;
    private final long[] maxGroups;

    /** Uploads that may be under way lie below {@code pinnedUsed}. */
    private final MemorySegment pinned;

    private int pinnedUsed;

    /** The array by which a launch finds its packed arguments: pairs of a key and a value, the length's by address. */
    private final MemorySegment launchParameters = Arena.global().allocate(JAVA_LONG, 6);

    private final HostPointer launchParametersPointer = new HostPointer(launchParameters);
    private String lastKernel = "none";

    /**
     * Opens a device.
     *
     * @throws IllegalArgumentException when a library is chosen that is not installed
     */
    CudaDevice(int number, Nvrtc compiler, CudaChoices choices) {
        this.number = number;
        this.compiler = compiler;
        CudaErrors.check(JCudaDriver.cuDeviceGet(device, number), "opening " + name());
        CudaErrors.check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "making a context on " + name());
        enter();
        CudaErrors.check(
                JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
                "making a stream on " + name());
        byte[] text = new byte[256];
        CudaErrors.check(JCudaDriver.cuDeviceGetName(text, text.length, device), "asking for the name of " + name());
        model = new String(text, StandardCharsets.UTF_8).replace("\0", "").strip();
        architecture = 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        MatMulKernel chosen = choices.products();
        tensorCores = architecture >= TENSOR_CORES && chosen != MatMulKernel.OWN;
        if (chosen == MatMulKernel.WMMA && !tensorCores) {
            throw new IllegalArgumentException("-D" + MatMulKernel.PROPERTY + "=" + chosen + ": " + model
                    + " has compute capability " + architecture / 10 + "." + architecture % 10
                    + ", and the kernels on tensor cores need 8.0");
        }
        boolean library = chosen == null || chosen == MatMulKernel.CUBLAS;
        cublas = library ? Cublas.open(this, stream.address(), this::workspace) : null;
        if (chosen == MatMulKernel.CUBLAS && cublas == null) {
            throw new IllegalArgumentException(
                    "-D" + MatMulKernel.PROPERTY + "=" + MatMulKernel.CUBLAS + ": " + Cublas.MISSING);
        }
        matMul = cublas != null ? MatMulKernel.CUBLAS : chosen == null ? MatMulKernel.OWN : chosen;
        matMulIsDefault = chosen == null;
        cudnn = choices.convolutions() == ConvKernel.CUDNN ? Cudnn.open(this, stream.address()) : null;
        if (choices.convolutions() == ConvKernel.CUDNN && cudnn == null) {
            throw new IllegalArgumentException(
                    "-D" + ConvKernel.PROPERTY + "=" + ConvKernel.CUDNN + ": " + Cudnn.MISSING);
        }
        limits = new CudaLimits(
                architecture,
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH));
        maxGroups = new long[] {
            attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X),
            attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y),
            attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z)
        };
        HostPointer address = new HostPointer();
        CudaErrors.check(JCudaDriver.cuMemHostAlloc(address, PINNED_BYTES, 0), "allocating pinned memory");
        pinned = MemorySegment.ofAddress(address.address()).reinterpret(PINNED_BYTES);
        MemorySegment length = launchParameters.asSlice(5 * JAVA_LONG.byteSize());
        launchParameters.setAtIndex(JAVA_LONG, 0, PARAMETER_BUFFER);
        launchParameters.setAtIndex(JAVA_LONG, 2, PARAMETER_BYTES);
        launchParameters.setAtIndex(JAVA_LONG, 3, length.address());
        launchParameters.setAtIndex(JAVA_LONG, 4, PARAMETER_END);
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        CudaErrors.check(
                JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "asking for an attribute of " + name());
        return value[0];
    }

    /** Memory for cuBLAS, of the size that its manual recommends. */
    private MemorySegment workspace() {
        long bytes = architecture >= 90 ? 32L << 20 : 4L << 20;
        MemorySegment memory = allocate(bytes);
        if (memory == null) {
            throw new IllegalStateException(name() + " has no " + bytes + " bytes left for cuBLAS to work in");
        }
        return memory;
    }

    /** Makes the context current in this thread, as every call of the driver needs it. */
    void enter() {
        CudaErrors.check(JCudaDriver.cuCtxSetCurrent(context), "entering " + name());
    }

    @Override
    public String name() {
        return "cuda:" + number;
    }

    @Override
    public String description() {
        long[] bytes = new long[1];
        CudaErrors.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "asking for the memory of " + name());
        return String.format(
                Locale.ROOT,
                "%s, %.1f GiB, compute capability %d.%d, %d multiprocessors with %d KiB of shared memory a block,"
                        + " CUDA driver %s, NVRTC %s, matrix products: %s; convolutions: %s; bfloat16 kernels: %s",
                model,
                bytes[0] / (double) (1L << 30),
                architecture / 10,
                architecture % 10,
                limits.multiprocessors(),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK) >> 10,
                driverVersion(),
                compiler.version(),
                products(),
                cudnn == null ? "own kernels" : "cuDNN " + cudnn.version() + ", own kernels for what it refuses",
                tensorCores ? "on tensor cores" : "as for float32");
    }

    private String products() {
        if (cublas != null) {
            return "cuBLAS " + cublas.version()
                    + ", own kernels for those with a narrow side or strides that it refuses";
        }
        return matMulIsDefault ? "own kernels, because " + Cublas.MISSING : matMul + " kernels, as chosen";
    }

    private static String driverVersion() {
        int[] version = new int[1];
        CudaErrors.check(JCudaDriver.cuDriverGetVersion(version), "asking for the driver's version");
        return version[0] / 1000 + "." + version[0] % 1000 / 10;
    }

    @Override
    public String identity() {
        return model + "; sm_" + architecture + "; driver " + driverVersion() + "; NVRTC " + compiler.version();
    }

    @Override
    public boolean tensorCores(DType dtype) {
        return tensorCores && dtype == DType.BF16;
    }

    @Override
    public @Nullable Blas blas() {
        return cublas;
    }

    @Override
    public @Nullable ConvolutionLibrary convolutions() {
        return cudnn;
    }

    @Override
    public synchronized boolean beginCapture() {
        enter();
        check(
                JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "beginning to capture on " + name());
        return true;
    }

    @Override
    public synchronized DeviceGraph endCapture() {
        enter();
        CUgraph graph = new CUgraph();
        check(JCudaDriver.cuStreamEndCapture(stream, graph), "capturing on " + name());
        try {
            CUgraphExec executable = new CUgraphExec();
            check(JCudaDriver.cuGraphInstantiate(executable, graph, 0), "instantiating a graph on " + name());
            return new CudaGraph(this, stream, executable);
        } finally {
            check(JCudaDriver.cuGraphDestroy(graph), "freeing a graph on " + name());
        }
    }

    /** Notes what is called, for the message of a failure that shows later. */
    void calls(String kernel) {
        lastKernel = kernel;
    }

    @Override
    public double peakFlops(DType dtype) {
        return limits.flops(dtype);
    }

    @Override
    public double peakBandwidth() {
        return limits.bandwidth();
    }

    @Override
    public String dialect() {
        return "cu";
    }

    @Override
    public @Nullable InputStream kernelFile(String fileName) {
        return CudaDevice.class.getResourceAsStream(fileName);
    }

    @Override
    public long maxGroups(int axis) {
        return maxGroups[axis];
    }

    @Override
    public synchronized @Nullable MemorySegment allocate(long bytes) {
        enter();
        DevicePointer pointer = new DevicePointer();
        int status = JCudaDriver.cuMemAlloc(pointer, bytes);
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            return null;
        }
        CudaErrors.check(status, "allocating " + bytes + " bytes on " + name());
        return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    }

    @Override
    public synchronized void release(MemorySegment block) {
        synchronize();
        CudaErrors.check(JCudaDriver.cuMemFree(new DevicePointer(block.address())), "freeing memory of " + name());
    }

    @Override
    public synchronized void upload(MemorySegment host, MemorySegment block, long offset, long bytes) {
        enter();
        for (long done = 0; done < bytes; ) {
            if (pinnedUsed == PINNED_BYTES) {
                synchronize();
            }
            int length = (int) Math.min(bytes - done, PINNED_BYTES - pinnedUsed);
            MemorySegment piece = pinned.asSlice(pinnedUsed, length);
            MemorySegment.copy(host, done, piece, 0, length);
            check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            new DevicePointer(block.address() + offset + done), new HostPointer(piece), length, stream),
                    "copying to " + name());
            pinnedUsed += length;
            done += length;
        }
    }

    @Override
    public synchronized void download(MemorySegment block, long offset, MemorySegment host, long bytes) {
        for (long done = 0; done < bytes; ) {
            synchronize(); // empties the pinned memory
            int length = (int) Math.min(bytes - done, PINNED_BYTES);
            check(
                    JCudaDriver.cuMemcpyDtoHAsync(
                            new HostPointer(pinned),
                            new DevicePointer(block.address() + offset + done),
                            length,
                            stream),
                    "copying from " + name());
            synchronize();
            MemorySegment.copy(pinned, 0, host, done, length);
            done += length;
        }
    }

    @Override
    public byte[] compile(String name, String source) {
        return compiler.compile(
                name,
                source,
                name() + " (" + model + ")",
                "--gpu-architecture=compute_" + compiler.architecture(architecture),
                "--std=c++17",
                "--fmad=true",
                "--generate-line-info");
    }

    @Override
    public synchronized Program load(String name, byte[] binary) {
        enter();
        CUmodule module = new CUmodule();
        // A zero byte behind it, whatever it is, bounds what the driver reads of a text.
        int status = JCudaDriver.cuModuleLoadData(module, Arrays.copyOf(binary, binary.length + 1));
        if (status != CUresult.CUDA_SUCCESS) {
            throw new IllegalArgumentException(
                    name() + " does not load the compiled " + name + ": " + CudaErrors.describe(status));
        }
        return new CudaProgram(this, name, module);
    }

    @Override
    public synchronized void launch(
            Program.Entry entry, long groupsX, long groupsY, long groupsZ, int items, Arguments arguments) {
        CudaProgram.Kernel kernel = (CudaProgram.Kernel) entry;
        if (groupsX > maxGroups[0] || groupsY > maxGroups[1] || groupsZ > maxGroups[2]) {
            throw new IllegalArgumentException("kernel " + kernel.name() + ": a grid of " + groupsX + " x " + groupsY
                    + " x " + groupsZ + " groups is larger than " + name() + " allows, " + maxGroups[0] + " x "
                    + maxGroups[1] + " x " + maxGroups[2]);
        }
        enter();
        launchParameters.setAtIndex(JAVA_LONG, 1, arguments.packed().address());
        launchParameters.setAtIndex(JAVA_LONG, 5, arguments.start(arguments.count()));
        lastKernel = kernel.name();
        int status = JCudaDriver.cuLaunchKernel(
                kernel.function(),
                (int) groupsX,
                (int) groupsY,
                (int) groupsZ,
                items,
                1,
                1,
                0,
                stream,
                null,
                launchParametersPointer);
        if (status != CUresult.CUDA_SUCCESS) {
            CudaErrors.check(status, "kernel " + kernel.name() + " on " + name());
        }
    }

    @Override
    public synchronized void synchronize() {
        enter();
        check(JCudaDriver.cuStreamSynchronize(stream), "waiting for " + name());
        pinnedUsed = 0;
    }

    void check(int status, String what) {
        if (status != CUresult.CUDA_SUCCESS) {
            CudaErrors.check(status, what + " (last kernel: " + lastKernel + ")");
        }
    }
}
