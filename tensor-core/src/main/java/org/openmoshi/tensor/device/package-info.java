/**
 * What the backends of devices share. {@link org.openmoshi.tensor.device.DeviceBackend} turns operations into launches of
 * kernels over the small interface {@link org.openmoshi.tensor.device.Device}, which OpenCL and CUDA implement.
 *
 * <p>Kernels are written once as well: {@code NAME.h} beside this package, in the dialect of {@code dialect.h}, which
 * {@code NAME.cl} and {@code NAME.cu} of the two modules include. That is simpler than two texts that must be kept equal,
 * and it means that whatever runs a kernel in one dialect tests it for the other. A version that needs one vendor's
 * instructions is an entry of its own in that module's file, tested against the plain one.
 *
 * <p>A kernel gets each buffer as a block and an offset in elements, since OpenCL has no pointers into a buffer. Grids are
 * cut to what a device allows and every kernel strides over its grid. There are no float atomics: the same operation gives
 * the same bits on every run of one device.
 */
@NullMarked
package org.openmoshi.tensor.device;

import org.jspecify.annotations.NullMarked;
