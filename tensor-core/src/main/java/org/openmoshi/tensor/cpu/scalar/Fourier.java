package org.openmoshi.tensor.cpu.scalar;

/**
 * Discrete Fourier transform X[k] = sum x[n] e^(-2 pi i k n / size) of complex numbers in two arrays, in place: radix 2
 * (Cooley and Tukey 1965) for powers of two, the sum itself for other sizes.
 */
final class Fourier {
    private final int size;
    private final double[] cos;
    private final double[] sin;

    Fourier(int size) {
        this.size = size;
        this.cos = new double[size];
        this.sin = new double[size];
        for (int i = 0; i < size; i++) {
            cos[i] = Math.cos(2 * Math.PI * i / size);
            sin[i] = Math.sin(2 * Math.PI * i / size);
        }
    }

    void transform(double[] re, double[] im) {
        if (Integer.bitCount(size) == 1) {
            radix2(re, im);
        } else {
            direct(re, im);
        }
    }

    private void direct(double[] re, double[] im) {
        double[] x = re.clone();
        double[] y = im.clone();
        for (int k = 0; k < size; k++) {
            re[k] = 0;
            im[k] = 0;
            for (int n = 0; n < size; n++) {
                int turn = (int) ((long) k * n % size);
                re[k] += x[n] * cos[turn] + y[n] * sin[turn];
                im[k] += y[n] * cos[turn] - x[n] * sin[turn];
            }
        }
    }

    private void radix2(double[] re, double[] im) {
        for (int i = 1; i < size; i++) {
            int j = Integer.reverse(i) >>> (Integer.numberOfLeadingZeros(size) + 1);
            if (i < j) {
                swap(re, i, j);
                swap(im, i, j);
            }
        }
        for (int half = 1; half < size; half *= 2) {
            int turn = size / (2 * half);
            for (int start = 0; start < size; start += 2 * half) {
                for (int k = 0; k < half; k++) {
                    int a = start + k;
                    int b = a + half;
                    double c = cos[k * turn];
                    double s = sin[k * turn];
                    double x = re[b] * c + im[b] * s;
                    double y = im[b] * c - re[b] * s;
                    re[b] = re[a] - x;
                    im[b] = im[a] - y;
                    re[a] += x;
                    im[a] += y;
                }
            }
        }
    }

    private static void swap(double[] values, int i, int j) {
        double value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}
