#include "dialect.h"

// Short-time Fourier transforms of real frames of n_fft samples (even), and their adjoint. Powers of two go through a
// transform of n_fft / 2 complex numbers in group memory, one group per frame (bounded by bytes); other sizes through
// the sum itself, whose angles are exact multiples from a table (bounded by flops).
#define POINTS 1024
#define TILE 64

// table [2, size]: cosines and sines of 2 pi j / size
KERNEL void turns(GLOBAL A* table, i64 table_offset, i64 size) {
    for (i64 j = GROUP(0) * ITEMS + ITEM; j < size; j += GROUPS(0) * ITEMS) {
        double angle = 6.283185307179586476925 * (double)j / (double)size;
        table[table_offset + j] = (A)cos(angle);
        table[table_offset + size + j] = (A)sin(angle);
    }
}

// Element n of a frame's window, which lies in the middle of zeros.
FUNCTION A window_at(GLOBAL const T* window, i64 offset, i64 size, i64 n_fft, i64 n) {
    i64 i = n - (n_fft - size) / 2;
    return i >= 0 && i < size ? load(window, offset + i) : 0;
}

// The lowest bits of i in reverse, for a number of `points`, a power of two.
FUNCTION int reversed(int i, int points) {
    int result = 0;
    for (int bit = 1; bit < points; bit *= 2) {
        result = 2 * result + ((i & bit) != 0 ? 1 : 0);
    }
    return result;
}

// In place, X[k] = sum x[n] e^(-2 pi i k n / points) of numbers stored at their reversed places, radix 2 (Cooley and
// Tukey 1965); cosines and sines are those of a table of 2 points.
FUNCTION void transform(LOCAL A* re, LOCAL A* im, int points, GLOBAL const A* cosines, GLOBAL const A* sines) {
    for (int span = 1; span < points; span *= 2) {
        BARRIER;
        int turn = points / span;
        for (int i = ITEM; i < points / 2; i += ITEMS) {
            int k = i & (span - 1);
            int a = 2 * i - k;
            int b = a + span;
            A c = cosines[k * turn];
            A s = sines[k * turn];
            A x = re[b] * c + im[b] * s;
            A y = im[b] * c - re[b] * s;
            re[b] = re[a] - x;
            im[b] = im[a] - y;
            re[a] += x;
            im[a] += y;
        }
    }
    BARRIER;
}

// x [batch, length] to out [batch, 2, frames, n_fft / 2 + 1]; `rows` is batch x frames. Even samples are the real parts
// and odd ones the imaginary parts of the numbers that are transformed.
KERNEL void stft_fast(
        GLOBAL T* out, i64 out_offset, GLOBAL const T* x, i64 x_offset, GLOBAL const T* window, i64 window_offset,
        GLOBAL const A* table, i64 table_offset, i64 length, i64 window_size, i64 n_fft, i64 hop, i64 frames, i64 rows) {
    SHARED A re[POINTS];
    SHARED A im[POINTS];
    int points = (int)n_fft / 2;
    GLOBAL const A* cosines = table + table_offset;
    GLOBAL const A* sines = cosines + n_fft;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        i64 b = row / frames;
        i64 frame = row - b * frames;
        i64 start = x_offset + b * length + frame * hop;
        BARRIER;
        for (int i = ITEM; i < points; i += ITEMS) {
            int to = reversed(i, points);
            re[to] = load(x, start + 2 * i) * window_at(window, window_offset, window_size, n_fft, 2 * i);
            im[to] = load(x, start + 2 * i + 1) * window_at(window, window_offset, window_size, n_fft, 2 * i + 1);
        }
        transform(re, im, points, cosines, sines);
        i64 real = out_offset + (2 * b * frames + frame) * (points + 1);
        i64 imaginary = real + frames * (points + 1);
        for (int k = ITEM; k <= points; k += ITEMS) {
            int low = k & (points - 1);
            int high = (points - k) & (points - 1);
            A even_re = (A)0.5 * (re[low] + re[high]);
            A even_im = (A)0.5 * (im[low] - im[high]);
            A odd_re = (A)0.5 * (im[low] + im[high]);
            A odd_im = (A)0.5 * (re[high] - re[low]);
            store(out, real + k, even_re + cosines[k] * odd_re + sines[k] * odd_im);
            store(out, imaginary + k, even_im + cosines[k] * odd_im - sines[k] * odd_re);
        }
    }
}

// The same for any even size: an item per bin (blocks along axis 1), samples through group memory; TILE items.
KERNEL void stft_direct(
        GLOBAL T* out, i64 out_offset, GLOBAL const T* x, i64 x_offset, GLOBAL const T* window, i64 window_offset,
        GLOBAL const A* table, i64 table_offset, i64 length, i64 window_size, i64 n_fft, i64 hop, i64 frames, i64 rows) {
    SHARED A tile[TILE];
    int size = (int)n_fft;
    int bins = size / 2 + 1;
    GLOBAL const A* cosines = table + table_offset;
    GLOBAL const A* sines = cosines + n_fft;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        i64 b = row / frames;
        i64 frame = row - b * frames;
        i64 samples = x_offset + b * length + frame * hop;
        for (int first = (int)GROUP(1) * TILE; first < bins; first += (int)GROUPS(1) * TILE) {
            int k = first + ITEM;
            int turn = 0;
            A re = 0, im = 0;
            for (int start = 0; start < size; start += TILE) {
                int count = size - start < TILE ? size - start : TILE;
                BARRIER;
                if (ITEM < count) {
                    tile[ITEM] = load(x, samples + start + ITEM)
                            * window_at(window, window_offset, window_size, n_fft, start + ITEM);
                }
                BARRIER;
                A part_re = 0, part_im = 0;
                for (int i = 0; i < count && k < bins; i++) {
                    part_re += tile[i] * cosines[turn];
                    part_im -= tile[i] * sines[turn];
                    turn = turn + k < size ? turn + k : turn + k - size;
                }
                re += part_re;
                im += part_im;
            }
            if (k < bins) {
                i64 at = out_offset + (2 * b * frames + frame) * bins + k;
                store(out, at, re);
                store(out, at + frames * bins, im);
            }
        }
    }
}

// g [batch, 2, frames, n_fft / 2 + 1] to windowed frames [rows, n_fft]: sample n is window[n] sum_k (gr[k] cos(2 pi k n /
// n_fft) - gi[k] sin(...)). That is the inverse transform of a spectrum with both halves, h[k] = g[k] / 2 but for its
// ends; even samples come from h[k] + h[k + points], odd ones from their difference turned by 2 pi k / n_fft.
KERNEL void stft_grad_fast(
        GLOBAL A* out, i64 out_offset, GLOBAL const T* g, i64 g_offset, GLOBAL const T* window, i64 window_offset,
        GLOBAL const A* table, i64 table_offset, i64 window_size, i64 n_fft, i64 frames, i64 rows) {
    SHARED A re[POINTS];
    SHARED A im[POINTS];
    int points = (int)n_fft / 2;
    GLOBAL const A* cosines = table + table_offset;
    GLOBAL const A* sines = cosines + n_fft;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        i64 b = row / frames;
        i64 real = g_offset + (2 * b * frames + row - b * frames) * (points + 1);
        i64 imaginary = real + frames * (points + 1);
        BARRIER;
        for (int k = ITEM; k < points; k += ITEMS) {
            A scale = k == 0 ? (A)1 : (A)0.5;
            A low_re = scale * load(g, real + k);
            A low_im = k == 0 ? 0 : scale * load(g, imaginary + k);
            A high_re = scale * load(g, real + points - k);
            A high_im = k == 0 ? 0 : -scale * load(g, imaginary + points - k);
            A odd_re = (low_re - high_re) * cosines[k] - (low_im - high_im) * sines[k];
            A odd_im = (low_re - high_re) * sines[k] + (low_im - high_im) * cosines[k];
            int to = reversed(k, points);
            re[to] = low_re + high_re - odd_im;
            im[to] = -(low_im + high_im + odd_re); // the conjugate, as the transform turns the other way
        }
        transform(re, im, points, cosines, sines);
        i64 to = out_offset + row * n_fft;
        for (int i = ITEM; i < points; i += ITEMS) {
            out[to + 2 * i] = re[i] * window_at(window, window_offset, window_size, n_fft, 2 * i);
            out[to + 2 * i + 1] = -im[i] * window_at(window, window_offset, window_size, n_fft, 2 * i + 1);
        }
    }
}

// The same for any even size: an item per sample, bins through group memory; TILE items.
KERNEL void stft_grad_direct(
        GLOBAL A* out, i64 out_offset, GLOBAL const T* g, i64 g_offset, GLOBAL const T* window, i64 window_offset,
        GLOBAL const A* table, i64 table_offset, i64 window_size, i64 n_fft, i64 frames, i64 rows) {
    SHARED A tile_re[TILE];
    SHARED A tile_im[TILE];
    int size = (int)n_fft;
    int bins = size / 2 + 1;
    GLOBAL const A* cosines = table + table_offset;
    GLOBAL const A* sines = cosines + n_fft;
    for (i64 row = GROUP(0); row < rows; row += GROUPS(0)) {
        i64 b = row / frames;
        i64 real = g_offset + (2 * b * frames + row - b * frames) * bins;
        for (int first = (int)GROUP(1) * TILE; first < size; first += (int)GROUPS(1) * TILE) {
            int n = first + ITEM;
            int turn = 0;
            A sum = 0;
            for (int start = 0; start < bins; start += TILE) {
                int count = bins - start < TILE ? bins - start : TILE;
                BARRIER;
                if (ITEM < count) {
                    tile_re[ITEM] = load(g, real + start + ITEM);
                    tile_im[ITEM] = load(g, real + frames * bins + start + ITEM);
                }
                BARRIER;
                A part = 0;
                for (int i = 0; i < count && n < size; i++) {
                    part += tile_re[i] * cosines[turn] - tile_im[i] * sines[turn];
                    turn = turn + n < size ? turn + n : turn + n - size;
                }
                sum += part;
            }
            if (n < size) {
                out[out_offset + row * n_fft + n] =
                        sum * window_at(window, window_offset, window_size, n_fft, n);
            }
        }
    }
}

// dx[b, t] = the sum of what the frames [batch x frames, n_fft] have at t, in their order
KERNEL void overlap_add(
        GLOBAL T* dx, i64 dx_offset, GLOBAL const A* windowed, i64 windowed_offset, i64 length, i64 n_fft, i64 hop,
        i64 frames, i64 count) {
    for (i64 at = GROUP(0) * ITEMS + ITEM; at < count; at += GROUPS(0) * ITEMS) {
        i64 b = at / length;
        i64 t = at - b * length;
        i64 frame = t < n_fft ? 0 : (t - n_fft) / hop + 1;
        double sum = 0;
        for (; frame < frames && frame * hop <= t; frame++) {
            sum += windowed[windowed_offset + (b * frames + frame) * n_fft + t - frame * hop];
        }
        store(dx, dx_offset + at, (A)sum);
    }
}
