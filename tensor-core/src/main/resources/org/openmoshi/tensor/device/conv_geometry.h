#include "dialect.h"

// The sizes of a convolution in two dimensions, in the order in which the host passes them: the large side is the
// input of the convolution, the small side its output. One dimension is an image of height 1.
#define CONV_GEOMETRY                                                                                      \
    i64 large_h, i64 large_w, i64 small_h, i64 small_w, i64 kernel_h, i64 kernel_w, i64 stride_h,          \
            i64 stride_w, i64 pad_h, i64 pad_w, i64 dilation_h, i64 dilation_w
