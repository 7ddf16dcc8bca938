package org.openmoshi.train.check;

import java.util.Locale;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.device.DeviceBackend;

/**
 * What a device can do at best: operations a second in float32 and float64 outside tensor cores, a multiply-add counting
 * two, and bytes a second to and from its memory. NaN is what is not known.
 */
record Limits(double float32, double float64, double bandwidth) {
    /** NVIDIA H100 SXM5 by its data sheet: arithmetic outside the tensor cores, and HBM3. */
    static final Limits H100 = new Limits(67e12, 34e12, 3.35e12);

    /** Those that a device tells. */
    static Limits of(Backend backend) {
        return backend instanceof DeviceBackend device
                ? new Limits(
                        device.device().peakFlops(DType.F32),
                        device.device().peakFlops(DType.F64),
                        device.device().peakBandwidth())
                : new Limits(Double.NaN, Double.NaN, Double.NaN);
    }

    double flops(DType dtype) {
        return dtype == DType.F64 ? float64 : float32;
    }

    @Override
    public String toString() {
        return flops(float32) + " in float32, " + flops(float64) + " in float64, "
                + known(bandwidth, 1e9, "%.0f GB/s", "bandwidth not known");
    }

    private static String flops(double flops) {
        return known(flops, 1e12, "%.2f TFLOP/s", "arithmetic not known");
    }

    private static String known(double value, double unit, String format, String otherwise) {
        return Double.isNaN(value) ? otherwise : String.format(Locale.ROOT, format, value / unit);
    }
}
