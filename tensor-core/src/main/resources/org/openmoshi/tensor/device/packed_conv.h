#include "dialect.h"

#define PANEL_ROWS 32

#ifdef BF16_PANELS
typedef u16 P;
FUNCTION A weight_at(GLOBAL const P* panels, i64 i) { return from_bf16(panels[i]); }
#else
typedef T P;
FUNCTION A weight_at(GLOBAL const P* panels, i64 i) { return load(panels, i); }
#endif

// y [batch, out_steps, out_channels] = bias + windows of x [batch, steps, channels] times panels [ceil(out_channels / 32),
// channels taps, 32]. An item has one element; its neighbours read the same line of a panel. Bound by bytes.
KERNEL void packed_conv(
        GLOBAL T* y, i64 y_offset, GLOBAL const T* x, i64 x_offset, Layout x_layout,
        GLOBAL const P* panels, i64 panels_offset, GLOBAL const T* bias, i64 bias_offset, i64 biased,
        i64 out_channels, i64 out_steps, i64 taps, i64 stride, i64 dilation, i64 newest_first, i64 count) {
    i64 channels = x_layout.size[2];
    for (i64 i = GROUP(0) * ITEMS + ITEM; i < count; i += GROUPS(0) * ITEMS) {
        i64 row = i / out_channels;
        i64 m = i - row * out_channels;
        i64 item = row / out_steps;
        i64 step = (row - item * out_steps) * stride + (newest_first != 0 ? (taps - 1) * dilation : 0);
        i64 to_tap = (newest_first != 0 ? -dilation : dilation) * x_layout.stride[1];
        i64 window = x_offset + item * x_layout.stride[0] + step * x_layout.stride[1];
        i64 weight = panels_offset + m / PANEL_ROWS * channels * taps * PANEL_ROWS + m % PANEL_ROWS;
        A sum = 0;
        for (i64 c = 0; c < channels; c++) {
            for (i64 tap = 0; tap < taps; tap++) {
                A value = load(x, window + c * x_layout.stride[2] + tap * to_tap);
                sum += weight_at(panels, weight) * value;
                weight += PANEL_ROWS;
            }
        }
        store(y, y_offset + i, biased != 0 ? sum + load(bias, bias_offset + m) : sum);
    }
}
