/**
 * The OpenCL backend: {@code opencl:0}, {@code opencl:1}, ... Kernels are OpenCL C 1.2 with double precision; a device
 * must offer work-groups of 256 items and 32 KiB of local memory. Which kernels run is decided by
 * {@link org.openmoshi.tensor.device.DeviceBackend}; most of them are written in the dialect that OpenCL and CUDA share.
 */
@NullMarked
package org.openmoshi.kernels.cl;

import org.jspecify.annotations.NullMarked;
