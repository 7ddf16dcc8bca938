package org.openmoshi.kernels.cl;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.device.Arguments;
import org.openmoshi.tensor.device.Device;
import org.openmoshi.tensor.device.KernelCompilationException;
import org.openmoshi.tensor.device.Program;

/** One OpenCL device with a context and an in-order queue. A block's address is the handle of its {@code cl_mem}. */
@SuppressWarnings("restricted") // device memory has an address but no bytes that the host may touch
final class OpenClDevice implements Device {
    private static final int GROUP_ITEMS = 256;
    private static final int LOCAL_BYTES = 32 * 1024;
    private static final int STAGING_BYTES = 1 << 22;
    private static final String OPTIONS = "-cl-std=CL1.2";

    /** A device that has what the kernels need. */
    record Found(cl_platform_id platform, cl_device_id device) {}

    private record Entry(String name, cl_kernel kernel) implements Program.Entry {}

    private final String name;
    private final cl_device_id device;
    private final cl_context context;
    private final cl_command_queue queue;
    private final Map<Long, cl_mem> blocks = new ConcurrentHashMap<>(); // allocated and used under different locks
    private final MemorySegment staging = Arena.global().allocate(STAGING_BYTES, 64);
    private final Pointer staged = pointer(staging);
    private final Map<Long, Pointer[]> argumentPointers = new HashMap<>(1);
    private final long[] globalSize = new long[3];
    private final long[] localSize = {1, 1, 1};

    OpenClDevice(String name, cl_platform_id platform, cl_device_id device) {
        this.name = name;
        this.device = device;
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform);
        try {
            context = CL.clCreateContext(properties, 1, new cl_device_id[] {device}, null, null, null);
            queue = queue(context, device);
        } catch (CLException e) {
            throw failure("opening it", e);
        }
    }

    private IllegalStateException failure(String what, CLException e) {
        return new IllegalStateException(name + ": " + what + " failed: " + e.getMessage(), e);
    }

    @SuppressWarnings("deprecation") // the call that OpenCL 1.2 drivers have
    private static cl_command_queue queue(cl_context context, cl_device_id device) {
        return CL.clCreateCommandQueue(context, device, 0, null);
    }

    /** Empty when a device has what the kernels need, otherwise what it lacks. */
    static String missing(cl_device_id device) {
        if (number(device, CL.CL_DEVICE_AVAILABLE, 4) == 0 || number(device, CL.CL_DEVICE_COMPILER_AVAILABLE, 4) == 0) {
            return "has no compiler at hand";
        }
        if (number(device, CL.CL_DEVICE_DOUBLE_FP_CONFIG, 8) == 0) {
            return "has no double precision";
        }
        if (number(device, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE, 8) < GROUP_ITEMS) {
            return "has no work-groups of " + GROUP_ITEMS + " items";
        }
        return number(device, CL.CL_DEVICE_LOCAL_MEM_SIZE, 8) < LOCAL_BYTES
                ? "has less than " + LOCAL_BYTES + " bytes of local memory"
                : "";
    }

    static String text(cl_device_id device, int what) {
        long[] size = new long[1];
        CL.clGetDeviceInfo(device, what, 0, null, size);
        byte[] bytes = new byte[Math.toIntExact(size[0])];
        CL.clGetDeviceInfo(device, what, bytes.length, Pointer.to(bytes), null);
        return new String(bytes, 0, Math.max(0, bytes.length - 1), StandardCharsets.UTF_8).strip();
    }

    private static long number(cl_device_id device, int what, int bytes) {
        ByteBuffer value = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        CL.clGetDeviceInfo(device, what, bytes, Pointer.to(value), null);
        return bytes == Long.BYTES ? value.getLong(0) : value.getInt(0);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return text(device, CL.CL_DEVICE_NAME) + ", " + number(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS, 4)
                + " compute units, " + (number(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE, 8) >> 20)
                + " MiB, groups of up to " + number(device, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE, 8) + " items with "
                + (number(device, CL.CL_DEVICE_LOCAL_MEM_SIZE, 8) >> 10) + " KiB of local memory; "
                + text(device, CL.CL_DEVICE_VERSION);
    }

    @Override
    public String identity() {
        return String.join(
                "\n",
                text(device, CL.CL_DEVICE_NAME),
                text(device, CL.CL_DEVICE_VERSION),
                text(device, CL.CL_DRIVER_VERSION),
                OPTIONS);
    }

    @Override
    public String dialect() {
        return "cl";
    }

    @Override
    public @Nullable InputStream kernelFile(String fileName) {
        return OpenClDevice.class.getResourceAsStream(fileName);
    }

    @Override
    public long maxGroups(int axis) {
        return Integer.MAX_VALUE / GROUP_ITEMS; // sizes of 32 bits are what every driver takes
    }

    @Override
    public @Nullable MemorySegment allocate(long bytes) {
        if (bytes > number(device, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE, 8)) {
            return null;
        }
        cl_mem block;
        try {
            block = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null);
        } catch (CLException e) {
            return switch (e.getStatus()) {
                case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE, CL.CL_OUT_OF_RESOURCES, CL.CL_OUT_OF_HOST_MEMORY -> null;
                default -> throw failure("allocating " + bytes + " bytes", e);
            };
        }
        blocks.put(block.getNativePointer(), block);
        return MemorySegment.ofAddress(block.getNativePointer()).reinterpret(bytes);
    }

    @Override
    public void release(MemorySegment block) {
        try {
            CL.clReleaseMemObject(blocks.remove(block.address()));
        } catch (CLException e) {
            throw failure("freeing memory", e);
        }
    }

    @Override
    public void upload(MemorySegment host, MemorySegment block, long offset, long bytes) {
        cl_mem target = memory(block);
        for (long done = 0; done < bytes; done += STAGING_BYTES) {
            long count = Math.min(STAGING_BYTES, bytes - done);
            MemorySegment.copy(host, done, staging, 0, count);
            try {
                CL.clEnqueueWriteBuffer(queue, target, true, offset + done, count, staged, 0, null, null);
            } catch (CLException e) {
                throw failure("copying " + bytes + " bytes to it", e);
            }
        }
    }

    @Override
    public void download(MemorySegment block, long offset, MemorySegment host, long bytes) {
        cl_mem source = memory(block);
        for (long done = 0; done < bytes; done += STAGING_BYTES) {
            long count = Math.min(STAGING_BYTES, bytes - done);
            try {
                CL.clEnqueueReadBuffer(queue, source, true, offset + done, count, staged, 0, null, null);
            } catch (CLException e) {
                throw failure("copying " + bytes + " bytes from it", e);
            }
            MemorySegment.copy(staging, 0, host, done, count);
        }
    }

    private cl_mem memory(MemorySegment block) {
        cl_mem memory = blocks.get(block.address());
        if (memory == null) {
            throw new IllegalStateException("no memory of " + name + " at handle " + block.address());
        }
        return memory;
    }

    @Override
    public byte[] compile(String fileName, String source) {
        cl_program program = CL.clCreateProgramWithSource(context, 1, new String[] {source}, null, null);
        try {
            build(fileName, program);
            long[] size = new long[1];
            CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null);
            byte[] binary = new byte[Math.toIntExact(size[0])];
            CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(Pointer.to(binary)), null);
            return binary;
        } finally {
            CL.clReleaseProgram(program);
        }
    }

    private void build(String fileName, cl_program program) {
        try {
            CL.clBuildProgram(program, 1, new cl_device_id[] {device}, OPTIONS, null, null);
        } catch (CLException e) {
            if (e.getStatus() != CL.CL_BUILD_PROGRAM_FAILURE) {
                throw e;
            }
            long[] size = new long[1];
            CL.clGetProgramBuildInfo(program, device, CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
            byte[] log = new byte[Math.toIntExact(size[0])];
            CL.clGetProgramBuildInfo(program, device, CL.CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
            throw new KernelCompilationException(
                    fileName, name, new String(log, StandardCharsets.UTF_8).replace("\0", ""));
        }
    }

    @Override
    public Program load(String fileName, byte[] binary) {
        cl_program program = program(fileName, binary);
        return entry -> {
            try {
                return new Entry(entry, CL.clCreateKernel(program, entry, null));
            } catch (CLException e) {
                throw new IllegalArgumentException("no kernel " + entry + " in " + fileName, e);
            }
        };
    }

    private cl_program program(String fileName, byte[] binary) {
        cl_program program = null;
        try {
            program = CL.clCreateProgramWithBinary(
                    context,
                    1,
                    new cl_device_id[] {device},
                    new long[] {binary.length},
                    new byte[][] {binary},
                    new int[1],
                    null);
            build(fileName, program);
            return program;
        } catch (CLException | KernelCompilationException e) {
            if (program != null) {
                CL.clReleaseProgram(program);
            }
            throw new IllegalArgumentException(name + " does not take the compiled kernels of " + fileName, e);
        }
    }

    @Override
    public void launch(Program.Entry entry, long groupsX, long groupsY, long groupsZ, int items, Arguments arguments) {
        Entry kernel = (Entry) entry;
        try {
            Pointer[] at = pointers(arguments.packed());
            for (int i = 0; i < arguments.count(); i++) {
                int start = arguments.start(i);
                CL.clSetKernelArg(kernel.kernel, i, arguments.start(i + 1) - start, at[start / Long.BYTES]);
            }
            localSize[0] = items;
            globalSize[0] = groupsX * items;
            globalSize[1] = groupsY;
            globalSize[2] = groupsZ;
            CL.clEnqueueNDRangeKernel(queue, kernel.kernel, 3, null, globalSize, localSize, 0, null, null);
        } catch (CLException e) {
            throw failure("the launch of kernel " + kernel.name, e);
        }
    }

    /** Pointers to every eighth byte of the arguments: made once, so that launches make no objects. */
    private Pointer[] pointers(MemorySegment packed) {
        return argumentPointers.computeIfAbsent(packed.address(), _ -> {
            Pointer start = pointer(packed);
            Pointer[] pointers = new Pointer[Math.toIntExact(packed.byteSize() / Long.BYTES)];
            for (int i = 0; i < pointers.length; i++) {
                pointers[i] = start.withByteOffset((long) i * Long.BYTES);
            }
            return pointers;
        });
    }

    private static Pointer pointer(MemorySegment segment) {
        return Pointer.to(segment.asByteBuffer().order(ByteOrder.nativeOrder()));
    }

    @Override
    public void synchronize() {
        try {
            CL.clFinish(queue);
        } catch (CLException e) {
            throw failure("waiting for it", e);
        }
    }
}
