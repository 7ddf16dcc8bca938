package org.openmoshi.kernels.cuda;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Turns the driver's status codes into exceptions. */
final class CudaErrors {
    private CudaErrors() {}

    /** The name of a status and the driver's sentence on it. */
    static String describe(int status) {
        String[] sentence = new String[1];
        int result = JCudaDriver.cuGetErrorString(status, sentence);
        String name = CUresult.stringFor(status);
        return result == CUresult.CUDA_SUCCESS && sentence[0] != null ? name + " (" + sentence[0] + ")" : name;
    }

    /**
     * Checks the status of a call.
     *
     * @param what what was attempted, as the subject of "failed"
     * @throws IllegalStateException unless it succeeded
     */
    static void check(int status, String what) {
        if (status != CUresult.CUDA_SUCCESS) {
            throw new IllegalStateException(what + " failed: " + describe(status));
        }
    }
}
