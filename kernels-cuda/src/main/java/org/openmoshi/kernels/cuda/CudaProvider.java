package org.openmoshi.kernels.cuda;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.device.DeviceBackend;

/** Provides {@code cuda:0}, {@code cuda:1}, ...: NVIDIA GPUs. */
public final class CudaProvider implements BackendProvider {
    /** The driver and the compiler, once both were found. */
    private record Cuda(int devices, Nvrtc compiler) {}

    private static final Map<Integer, Backend> BACKENDS = new ConcurrentHashMap<>();
    private static @Nullable Cuda found;

    @Override
    public String kind() {
        return "cuda";
    }

    @Override
    public String unavailableReason() {
        try {
            cuda();
            return "";
        } catch (IllegalStateException | IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public int deviceCount() {
        return unavailableReason().isEmpty() ? cuda().devices() : 0;
    }

    @Override
    public Backend open(int device) {
        return BACKENDS.computeIfAbsent(device, number -> new DeviceBackend(device(number)));
    }

    /**
     * A device below a backend, set up by the system properties.
     *
     * @throws IllegalStateException when the driver or NVRTC is missing
     */
    static CudaDevice device(int number) {
        return device(number, CudaChoices.ofProperties());
    }

    static CudaDevice device(int number, CudaChoices choices) {
        return new CudaDevice(number, cuda().compiler(), choices);
    }

    /** Looks again as long as something is missing, which costs little. */
    private static synchronized Cuda cuda() {
        Cuda cuda = found;
        if (cuda == null) {
            cuda = new Cuda(countDevices(), compiler());
            found = cuda;
        }
        return cuda;
    }

    /** JCuda must not be touched before the driver is known to be there: its class would stay broken. */
    private static int countDevices() {
        if (!NativeLibrary.exists("libcuda.so.1")) {
            throw new IllegalStateException("the NVIDIA driver's library libcuda.so.1 is not installed");
        }
        int[] count = new int[1];
        try {
            int status = JCudaDriver.cuInit(0);
            if (status != CUresult.CUDA_SUCCESS) {
                throw new IllegalStateException("the NVIDIA driver does not start: " + CudaErrors.describe(status));
            }
            CudaErrors.check(JCudaDriver.cuDeviceGetCount(count), "counting CUDA devices");
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "JCuda's native library for " + System.getProperty("os.name") + " on "
                            + System.getProperty("os.arch") + " is missing or does not load from "
                            + System.getProperty("java.io.tmpdir")
                            + (CudaProvider.class.getModule().isNamed()
                                    ? "; on the module path, name a folder with it by -Djava.library.path"
                                    : ""),
                    e);
        }
        if (count[0] == 0) {
            throw new IllegalStateException("the NVIDIA driver is installed but there is no GPU");
        }
        return count[0];
    }

    private static Nvrtc compiler() {
        Nvrtc compiler = Nvrtc.find();
        if (compiler == null) {
            throw new IllegalStateException(
                    "NVRTC, CUDA's run-time compiler, is missing: install libnvrtc.so.12 or .13 of a CUDA toolkit, or"
                            + " name it with -Dopenmoshi.nvrtc=FILE");
        }
        return compiler;
    }
}
