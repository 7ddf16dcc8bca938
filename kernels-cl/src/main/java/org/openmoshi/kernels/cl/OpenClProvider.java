package org.openmoshi.kernels.cl;

import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.device.DeviceBackend;

/** Provides {@code opencl:N}: every device of every platform that has what the kernels need. */
public final class OpenClProvider implements BackendProvider {
    private static final int PLATFORM_NOT_FOUND = -1001; // of the extension cl_khr_icd

    @Override
    public String kind() {
        return "opencl";
    }

    @Override
    public String unavailableReason() {
        return Holder.DEVICES.reason;
    }

    @Override
    public int deviceCount() {
        return Holder.DEVICES.found.size();
    }

    @Override
    public synchronized Backend open(int device) {
        Devices devices = Holder.DEVICES;
        if (device >= devices.open.size()) {
            throw new IllegalArgumentException("opencl:" + device + ": there are " + devices.open.size() + " devices");
        }
        Backend backend = devices.open.get(device);
        if (backend == null) {
            backend = new DeviceBackend(device(device));
            devices.open.set(device, backend);
        }
        return backend;
    }

    /** A device with a context and queue of its own. */
    static OpenClDevice device(int number) {
        OpenClDevice.Found found = Holder.DEVICES.found.get(number);
        return new OpenClDevice("opencl:" + number, found.platform(), found.device());
    }

    /** What was found at the first question; drivers are asked once. */
    private static final class Holder {
        static final Devices DEVICES = new Devices();
    }

    private static final class Devices {
        final List<OpenClDevice.Found> found = new ArrayList<>();
        final List<Backend> open = new ArrayList<>();
        final String reason;

        Devices() {
            List<String> refused = new ArrayList<>();
            reason = search(refused);
            found.forEach(_ -> open.add(null));
        }

        private String search(List<String> refused) {
            try {
                CL.setExceptionsEnabled(true);
                for (cl_platform_id platform : platforms()) {
                    search(platform, refused);
                }
            } catch (UnsatisfiedLinkError e) {
                return "the OpenCL loader libOpenCL is not installed (" + firstLine(e) + ")";
            } catch (CLException e) {
                return "the OpenCL loader failed (" + firstLine(e) + ")";
            }
            if (!found.isEmpty()) {
                return "";
            }
            return refused.isEmpty()
                    ? "no OpenCL driver with a device is installed; for a CPU, Debian has one in pocl-opencl-icd"
                    : "no OpenCL device has what the kernels need: " + String.join("; ", refused);
        }

        /** One driver's devices; one that fails does not take the others with it. */
        private void search(cl_platform_id platform, List<String> refused) {
            try {
                for (cl_device_id device : devices(platform)) {
                    String missing = OpenClDevice.missing(device);
                    if (missing.isEmpty()) {
                        found.add(new OpenClDevice.Found(platform, device));
                    } else {
                        refused.add(OpenClDevice.text(device, CL.CL_DEVICE_NAME) + " " + missing);
                    }
                }
            } catch (CLException e) {
                String failed = "an OpenCL driver failed when asked for its devices (" + firstLine(e) + ")";
                refused.add(failed);
                System.getLogger("org.openmoshi.kernels.cl").log(System.Logger.Level.WARNING, failed);
            }
        }

        private static String firstLine(Throwable e) {
            String message = String.valueOf(e.getMessage()).strip();
            int end = message.indexOf('\n');
            return end < 0 ? message : message.substring(0, end).strip();
        }

        private static cl_platform_id[] platforms() {
            int[] count = new int[1];
            try {
                CL.clGetPlatformIDs(0, null, count);
            } catch (CLException e) {
                if (e.getStatus() == PLATFORM_NOT_FOUND) {
                    return new cl_platform_id[0];
                }
                throw e;
            }
            cl_platform_id[] platforms = new cl_platform_id[count[0]];
            CL.clGetPlatformIDs(count[0], platforms, null);
            return platforms;
        }

        private static cl_device_id[] devices(cl_platform_id platform) {
            int[] count = new int[1];
            try {
                CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
            } catch (CLException e) {
                if (e.getStatus() == CL.CL_DEVICE_NOT_FOUND) {
                    return new cl_device_id[0]; // an installed driver whose hardware is absent
                }
                throw e;
            }
            cl_device_id[] devices = new cl_device_id[count[0]];
            CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, count[0], devices, null);
            return devices;
        }
    }
}
