/**
 * The check of a device where it is: every operation against the reference, times of kernels beside what the device could
 * reach, and a training run beside the CPU's. {@link org.openmoshi.train.check.DeviceReport} makes one page of it.
 */
@NullMarked
package org.openmoshi.train.check;

import org.jspecify.annotations.NullMarked;
