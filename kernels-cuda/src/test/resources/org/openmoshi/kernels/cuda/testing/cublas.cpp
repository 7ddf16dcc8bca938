// Stands in for cuBLAS: the functions that the host side calls, by their definitions and in plain loops. Every matrix must
// lie in one allocation; other arguments are checked as cuBLAS checks them.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#define EXPORT extern "C" __attribute__((visibility("default")))

extern "C" int emulator_is_ready();
extern "C" int emulator_contains(uintptr_t begin, size_t bytes);
extern "C" int emulator_submit(const std::function<int()>& work);

namespace {

enum Status { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, MAPPING_ERROR = 11, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum Type { F32 = 0, F64 = 1, BF16 = 14 };
enum Compute { COMPUTE_F32 = 68, COMPUTE_F64 = 70 };

struct Handle {
    void* stream;
    size_t workspace_bytes;
};

struct Matrices {
    uintptr_t begin;
    int type, leading;
    long long stride;
    bool transposed;
};

size_t bytes(int type) {
    return type == F64 ? 8 : type == F32 ? 4 : 2;
}

double load(const Matrices& x, long i, long j, long number) {
    size_t at = number * x.stride + (x.transposed ? j + i * x.leading : i + j * x.leading); // column by column
    if (x.type == F64) {
        return reinterpret_cast<const double*>(x.begin)[at];
    }
    if (x.type == F32) {
        return reinterpret_cast<const float*>(x.begin)[at];
    }
    uint32_t bits = uint32_t(reinterpret_cast<const uint16_t*>(x.begin)[at]) << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

void store(const Matrices& x, long i, long j, long number, double value) {
    size_t at = number * x.stride + i + j * x.leading;
    if (x.type == F64) {
        reinterpret_cast<double*>(x.begin)[at] = value;
    } else if (x.type == F32) {
        reinterpret_cast<float*>(x.begin)[at] = float(value);
    } else {
        float single = float(value);
        uint32_t bits;
        memcpy(&bits, &single, 4);
        bool nan = (bits & 0x7fffffff) > 0x7f800000;
        reinterpret_cast<uint16_t*>(x.begin)[at] =
            nan ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    }
}

// The matrices as they lie have so many rows and columns.
bool inside(const Matrices& x, long rows, long columns, int count) {
    size_t last = size_t(count - 1) * x.stride + (columns - 1) * size_t(x.leading) + rows;
    return rows == 0 || columns == 0 || emulator_contains(x.begin, last * bytes(x.type));
}

void add_products(long m, long n, long k, double by, Matrices a, Matrices b, double plus, Matrices c, int count) {
    for (int number = 0; number < count; number++) {
        for (long j = 0; j < n; j++) {
            for (long i = 0; i < m; i++) {
                double sum = 0;
                for (long l = 0; l < k; l++) {
                    sum += load(a, i, l, number) * load(b, l, j, number);
                }
                store(c, i, j, number, by * sum + (plus == 0 ? 0 : plus * load(c, i, j, number)));
            }
        }
    }
}

Status multiply(
        const Handle* handle, int m, int n, int k, const void* alpha, Matrices a, Matrices b, const void* beta, Matrices c,
        int count, int compute) {
    if (!handle || !emulator_is_ready()) {
        return NOT_INITIALIZED;
    }
    bool types = a.type == b.type && a.type == c.type && (a.type == F32 || a.type == F64 || a.type == BF16);
    if (!types || compute != (a.type == F64 ? COMPUTE_F64 : COMPUTE_F32)) {
        return NOT_SUPPORTED;
    }
    long a_rows = a.transposed ? k : m, b_rows = b.transposed ? n : k;
    if (m < 0 || n < 0 || k < 0 || count < 0 || a.leading < (a_rows > 1 ? a_rows : 1)
        || b.leading < (b_rows > 1 ? b_rows : 1) || c.leading < (m > 1 ? m : 1)) {
        return INVALID_VALUE;
    }
    if (count > 0
        && !(inside(a, a_rows, a.transposed ? m : k, count) && inside(b, b_rows, b.transposed ? k : n, count)
             && inside(c, m, n, count))) {
        return MAPPING_ERROR;
    }
    double by, plus;
    if (compute == COMPUTE_F64) {
        memcpy(&by, alpha, 8);
        memcpy(&plus, beta, 8);
    } else {
        by = *static_cast<const float*>(alpha);
        plus = *static_cast<const float*>(beta);
    }
    auto work = [=] {
        add_products(m, n, k, by, a, b, plus, c, count);
        return 0;
    };
    return emulator_submit(work) ? EXECUTION_FAILED : SUCCESS;
}

} // namespace

EXPORT Status cublasCreate_v2(Handle** handle) {
    *handle = emulator_is_ready() ? new Handle{} : nullptr;
    return *handle ? SUCCESS : NOT_INITIALIZED;
}
EXPORT Status cublasGetVersion_v2(const Handle*, int* version) {
    *version = 120605;
    return SUCCESS;
}
EXPORT Status cublasSetStream_v2(Handle* handle, void* stream) {
    *handle = {stream, 0}; // takes the workspace away
    return SUCCESS;
}
EXPORT Status cublasSetWorkspace_v2(Handle* handle, uintptr_t workspace, size_t size) {
    handle->workspace_bytes = size;
    return emulator_contains(workspace, size) ? SUCCESS : INVALID_VALUE;
}
EXPORT Status cublasSetMathMode(Handle*, int mode) {
    return mode == 16 ? SUCCESS : INVALID_VALUE; // no TF32, and sums in the type that is asked for
}
EXPORT const char* cublasGetStatusString(Status status) {
    switch (status) {
        case SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case MAPPING_ERROR: return "CUBLAS_STATUS_MAPPING_ERROR";
        case EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        default: return "CUBLAS_STATUS_NOT_SUPPORTED";
    }
}
EXPORT Status cublasGemmEx(
        const Handle* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, uintptr_t a,
        int a_type, int a_leading, uintptr_t b, int b_type, int b_leading, const void* beta, uintptr_t c, int c_type,
        int c_leading, int compute, int) {
    return multiply(
        handle, m, n, k, alpha, {a, a_type, a_leading, 0, transpose_a != 0}, {b, b_type, b_leading, 0, transpose_b != 0},
        beta, {c, c_type, c_leading, 0, false}, 1, compute);
}
EXPORT Status cublasGemmStridedBatchedEx(
        const Handle* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, uintptr_t a,
        int a_type, int a_leading, long long a_stride, uintptr_t b, int b_type, int b_leading, long long b_stride,
        const void* beta, uintptr_t c, int c_type, int c_leading, long long c_stride, int count, int compute, int) {
    return multiply(
        handle, m, n, k, alpha, {a, a_type, a_leading, a_stride, transpose_a != 0},
        {b, b_type, b_leading, b_stride, transpose_b != 0}, beta, {c, c_type, c_leading, c_stride, false}, count, compute);
}
