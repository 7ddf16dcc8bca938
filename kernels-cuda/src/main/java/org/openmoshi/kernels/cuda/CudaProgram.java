package org.openmoshi.kernels.cuda;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.openmoshi.tensor.device.Program;

/** A module that the driver has loaded; it stays for as long as the process lives. */
final class CudaProgram implements Program {
    /** A kernel; the name is for messages. */
    record Kernel(String name, CUfunction function) implements Entry {}

    private final CudaDevice device;
    private final String name;
    private final CUmodule module;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    CudaProgram(CudaDevice device, String name, CUmodule module) {
        this.device = device;
        this.name = name;
        this.module = module;
    }

    @Override
    public Entry entry(String entry) {
        return entries.computeIfAbsent(entry, this::find);
    }

    private Entry find(String entry) {
        device.enter();
        CUfunction function = new CUfunction();
        int status = JCudaDriver.cuModuleGetFunction(function, module, entry);
        if (status == CUresult.CUDA_ERROR_NOT_FOUND) {
            throw new IllegalArgumentException(name + " has no kernel " + entry);
        }
        CudaErrors.check(status, "finding kernel " + entry + " of " + name);
        return new Kernel(entry, function);
    }
}
