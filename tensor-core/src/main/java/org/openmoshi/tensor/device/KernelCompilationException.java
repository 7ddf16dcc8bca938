package org.openmoshi.tensor.device;

/** A kernel that the device's compiler refused; the message holds the compiler's log. */
public final class KernelCompilationException extends RuntimeException {
    /** The file, the device and the compiler's log. */
    public KernelCompilationException(String file, String device, String log) {
        super("kernels of " + file + " do not compile on " + device + ":\n" + log.strip());
    }
}
