package org.openmoshi.kernels.cuda;

import org.openmoshi.tensor.DType;

/**
 * What a GPU can do at best, from what the driver tells: multiprocessors, clocks in kHz and the memory's width in bits.
 *
 * @param architecture 10 x major + minor of the compute capability
 */
record CudaLimits(int architecture, int multiprocessors, int clock, int memoryClock, int memoryBits) {
    /**
     * Multiply-adds per clock of a multiprocessor, outside tensor cores, by the table of arithmetic throughput in the
     * CUDA C++ Programming Guide; 0 for what it does not list.
     */
    private int lanes(DType dtype) {
        return switch (dtype) {
            case F32 ->
                switch (architecture) {
                    case 60, 70, 72, 75, 80 -> 64;
                    case 50, 52, 53, 61, 62, 86, 87, 89, 90, 100, 103, 120, 121 -> 128;
                    default -> 0;
                };
            case F64 ->
                switch (architecture) {
                    case 60, 70, 72, 80 -> 32;
                    case 90, 100 -> 64;
                    case 50, 52, 53, 61, 62 -> 4;
                    case 75, 86, 87, 89, 103, 120, 121 -> 2;
                    default -> 0;
                };
            default -> 0;
        };
    }

    /** Operations a second, a multiply-add counting two; NaN where a factor is unknown. */
    double flops(DType dtype) {
        return orUnknown(2.0 * lanes(dtype) * multiprocessors * (1e3 * clock));
    }

    /** Bytes a second to and from memory, which moves data on both edges of its clock; NaN where a factor is unknown. */
    double bandwidth() {
        return orUnknown(2.0 * (1e3 * memoryClock) * memoryBits / Byte.SIZE);
    }

    private static double orUnknown(double value) {
        return value > 0 ? value : Double.NaN;
    }
}
