// Stands in for cuDNN: the convolutions of its legacy interface that the host side calls, by their definitions and in
// plain loops. Descriptors must fit each other as cuDNN asks, and every tensor must lie in one allocation.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#define EXPORT extern "C" __attribute__((visibility("default")))

extern "C" int emulator_is_ready();
extern "C" int emulator_contains(uintptr_t begin, size_t bytes);
extern "C" int emulator_submit(const std::function<int()>& work);

namespace {

enum Status { SUCCESS = 0, NOT_INITIALIZED = 1001, BAD_PARAM = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000 };
enum Type { F32 = 0, F64 = 1 };
enum Kind { FORWARD, DATA, FILTER };

struct Handle {
    void* stream;
};

// Of images: n, c, h, w. Of a filter: outputs, inputs of a group, h, w.
struct Tensor {
    int type, dims[4];
};

struct Convolution {
    int pad[2], stride[2], dilation[2], type, groups = 1, math;
};

bool fits(const Tensor* x, const Tensor* w, const Convolution* conv, const Tensor* y) {
    bool good = x->type == w->type && x->type == y->type && conv->type == x->type && conv->math == 3
                && x->dims[0] == y->dims[0] && w->dims[1] * conv->groups == x->dims[1] && w->dims[0] == y->dims[1]
                && w->dims[0] % conv->groups == 0;
    for (int axis = 0; axis < 2; axis++) {
        int extent = (w->dims[2 + axis] - 1) * conv->dilation[axis] + 1;
        int room = x->dims[2 + axis] + 2 * conv->pad[axis] - extent;
        good = good && room >= 0 && y->dims[2 + axis] == room / conv->stride[axis] + 1;
    }
    return good;
}

// What stands in for the temporary memory of a real algorithm.
size_t workspace(const Tensor* w) {
    return size_t(w->dims[0]) * 16;
}

Status workspace_size(
        const Handle* handle, const Tensor* x, const Tensor* w, const Convolution* conv, const Tensor* y, int algorithm,
        size_t* bytes) {
    if (!handle || !emulator_is_ready()) {
        return NOT_INITIALIZED;
    }
    if (algorithm != 1) {
        return BAD_PARAM; // the others have other bits on every run or are slow
    }
    if (!fits(x, w, conv, y)) {
        return BAD_PARAM;
    }
    if (conv->dilation[0] > 4) {
        return NOT_SUPPORTED; // as real algorithms refuse some geometries
    }
    *bytes = workspace(w);
    return SUCCESS;
}

size_t count(const Tensor* x) {
    return size_t(x->dims[0]) * x->dims[1] * x->dims[2] * x->dims[3];
}

bool inside(const Tensor* x, uintptr_t memory) {
    return emulator_contains(memory, count(x) * (x->type == F64 ? 8 : 4));
}

size_t place(const Tensor* x, int a, int b, int c, int d) {
    return ((size_t(a) * x->dims[1] + b) * x->dims[2] + c) * x->dims[3] + d;
}

// Calls body(place in x, place in w, place in y) for every product that a convolution adds up.
template <typename Body>
void each(const Tensor* x, const Tensor* w, const Convolution* conv, const Tensor* y, Body body) {
    int out_group = w->dims[0] / conv->groups;
    for (int n = 0; n < y->dims[0]; n++) {
        for (int o = 0; o < y->dims[1]; o++) {
            for (int i = 0; i < w->dims[1]; i++) {
                int channel = o / out_group * w->dims[1] + i;
                for (int oh = 0; oh < y->dims[2]; oh++) {
                    for (int kh = 0; kh < w->dims[2]; kh++) {
                        int h = oh * conv->stride[0] - conv->pad[0] + kh * conv->dilation[0];
                        if (h < 0 || h >= x->dims[2]) {
                            continue;
                        }
                        for (int ow = 0; ow < y->dims[3]; ow++) {
                            for (int kw = 0; kw < w->dims[3]; kw++) {
                                int at = ow * conv->stride[1] - conv->pad[1] + kw * conv->dilation[1];
                                if (at >= 0 && at < x->dims[3]) {
                                    body(place(x, n, channel, h, at), place(w, o, i, kh, kw), place(y, n, o, oh, ow));
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

template <typename T>
void compute(
        Kind kind, double beta, const Tensor* x, T* px, const Tensor* w, T* pw, const Convolution* conv, const Tensor* y,
        T* py) {
    const Tensor* result = kind == FORWARD ? y : kind == DATA ? x : w;
    T* out = kind == FORWARD ? py : kind == DATA ? px : pw;
    auto* sums = new double[count(result)];
    for (size_t i = 0; i < count(result); i++) {
        sums[i] = beta == 0 ? 0 : beta * out[i];
    }
    each(x, w, conv, y, [&](size_t at_x, size_t at_w, size_t at_y) {
        switch (kind) {
            case FORWARD: sums[at_y] += double(px[at_x]) * pw[at_w]; break;
            case DATA: sums[at_x] += double(py[at_y]) * pw[at_w]; break;
            case FILTER: sums[at_w] += double(px[at_x]) * py[at_y]; break;
        }
    });
    for (size_t i = 0; i < count(result); i++) {
        out[i] = T(sums[i]);
    }
    delete[] sums;
}

Status run(
        Kind kind, const Handle* handle, const void* alpha, const void* beta, const Tensor* x, uintptr_t px,
        const Tensor* w, uintptr_t pw, const Convolution* conv, const Tensor* y, uintptr_t py, int algorithm,
        uintptr_t space, size_t space_bytes) {
    size_t needed;
    if (Status status = workspace_size(handle, x, w, conv, y, algorithm, &needed)) {
        return status;
    }
    if (space_bytes < needed || !emulator_contains(space, space_bytes)) {
        return BAD_PARAM;
    }
    if (!inside(x, px) || !inside(w, pw) || !inside(y, py)) {
        return EXECUTION_FAILED;
    }
    double by, plus;
    if (x->type == F64) {
        memcpy(&by, alpha, 8);
        memcpy(&plus, beta, 8);
    } else {
        by = *static_cast<const float*>(alpha);
        plus = *static_cast<const float*>(beta);
    }
    if (by != 1) {
        return NOT_SUPPORTED;
    }
    Tensor x_now = *x, w_now = *w, y_now = *y;
    Convolution conv_now = *conv;
    auto work = [=] {
        if (x_now.type == F64) {
            compute(kind, plus, &x_now, reinterpret_cast<double*>(px), &w_now, reinterpret_cast<double*>(pw), &conv_now,
                    &y_now, reinterpret_cast<double*>(py));
        } else {
            compute(kind, plus, &x_now, reinterpret_cast<float*>(px), &w_now, reinterpret_cast<float*>(pw), &conv_now,
                    &y_now, reinterpret_cast<float*>(py));
        }
        return 0;
    };
    return emulator_submit(work) ? EXECUTION_FAILED : SUCCESS;
}

} // namespace

EXPORT size_t cudnnGetVersion() {
    return 90501;
}
EXPORT const char* cudnnGetErrorString(Status status) {
    switch (status) {
        case SUCCESS: return "CUDNN_STATUS_SUCCESS";
        case NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
        case BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
        case NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
        default: return "CUDNN_STATUS_EXECUTION_FAILED";
    }
}
EXPORT Status cudnnCreate(Handle** handle) {
    *handle = emulator_is_ready() ? new Handle{} : nullptr;
    return *handle ? SUCCESS : NOT_INITIALIZED;
}
EXPORT Status cudnnSetStream(Handle* handle, void* stream) {
    handle->stream = stream;
    return SUCCESS;
}
EXPORT Status cudnnCreateTensorDescriptor(Tensor** tensor) {
    *tensor = new Tensor{};
    return SUCCESS;
}
EXPORT Status cudnnCreateFilterDescriptor(Tensor** filter) {
    *filter = new Tensor{};
    return SUCCESS;
}
EXPORT Status cudnnCreateConvolutionDescriptor(Convolution** convolution) {
    *convolution = new Convolution{};
    return SUCCESS;
}
EXPORT Status cudnnSetTensor4dDescriptor(Tensor* tensor, int format, int type, int n, int c, int h, int w) {
    *tensor = {type, {n, c, h, w}};
    return format == 0 && n > 0 && c > 0 && h > 0 && w > 0 ? SUCCESS : BAD_PARAM;
}
EXPORT Status cudnnSetFilter4dDescriptor(Tensor* filter, int type, int format, int k, int c, int h, int w) {
    *filter = {type, {k, c, h, w}};
    return format == 0 && k > 0 && c > 0 && h > 0 && w > 0 ? SUCCESS : BAD_PARAM;
}
EXPORT Status cudnnSetConvolution2dDescriptor(
        Convolution* conv, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h, int dilation_w, int mode,
        int type) {
    *conv = {{pad_h, pad_w}, {stride_h, stride_w}, {dilation_h, dilation_w}, type, 1, 0};
    return mode == 1 && pad_h >= 0 && pad_w >= 0 ? SUCCESS : BAD_PARAM;
}
EXPORT Status cudnnSetConvolutionGroupCount(Convolution* conv, int groups) {
    conv->groups = groups;
    return SUCCESS;
}
EXPORT Status cudnnSetConvolutionMathType(Convolution* conv, int math) {
    conv->math = math;
    return SUCCESS;
}
EXPORT Status cudnnGetConvolutionForwardWorkspaceSize(
        const Handle* handle, const Tensor* x, const Tensor* w, const Convolution* conv, const Tensor* y, int algorithm,
        size_t* bytes) {
    return workspace_size(handle, x, w, conv, y, algorithm, bytes);
}
EXPORT Status cudnnGetConvolutionBackwardDataWorkspaceSize(
        const Handle* handle, const Tensor* w, const Tensor* y, const Convolution* conv, const Tensor* x, int algorithm,
        size_t* bytes) {
    return workspace_size(handle, x, w, conv, y, algorithm, bytes);
}
EXPORT Status cudnnGetConvolutionBackwardFilterWorkspaceSize(
        const Handle* handle, const Tensor* x, const Tensor* y, const Convolution* conv, const Tensor* w, int algorithm,
        size_t* bytes) {
    return workspace_size(handle, x, w, conv, y, algorithm, bytes);
}
EXPORT Status cudnnConvolutionForward(
        const Handle* handle, const void* alpha, const Tensor* x, uintptr_t px, const Tensor* w, uintptr_t pw,
        const Convolution* conv, int algorithm, uintptr_t space, size_t bytes, const void* beta, const Tensor* y,
        uintptr_t py) {
    return run(FORWARD, handle, alpha, beta, x, px, w, pw, conv, y, py, algorithm, space, bytes);
}
EXPORT Status cudnnConvolutionBackwardData(
        const Handle* handle, const void* alpha, const Tensor* w, uintptr_t pw, const Tensor* y, uintptr_t py,
        const Convolution* conv, int algorithm, uintptr_t space, size_t bytes, const void* beta, const Tensor* x,
        uintptr_t px) {
    return run(DATA, handle, alpha, beta, x, px, w, pw, conv, y, py, algorithm, space, bytes);
}
EXPORT Status cudnnConvolutionBackwardFilter(
        const Handle* handle, const void* alpha, const Tensor* x, uintptr_t px, const Tensor* y, uintptr_t py,
        const Convolution* conv, int algorithm, uintptr_t space, size_t bytes, const void* beta, const Tensor* w,
        uintptr_t pw) {
    return run(FILTER, handle, alpha, beta, x, px, w, pw, conv, y, py, algorithm, space, bytes);
}
