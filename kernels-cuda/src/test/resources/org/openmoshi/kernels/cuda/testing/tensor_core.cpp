// What a warp computes together and asynchronous copies, by the definitions of the PTX ISA (mma.m16n8k16, ldmatrix,
// cp.async). Lane l holds row l / 4 and columns l % 4 * 2 and the next of each 8 x 8 part of a matrix.
#include "emulator.h"

#include <cstring>
#include <deque>

namespace emulator {
namespace {

constexpr int WARP = 32;
constexpr int MAX_THREADS = 1024;

// As device.h declares them.
struct Product {
    float* sums;
    const uint32_t* a;
    uint32_t b[2];
};
struct Matrices {
    Address place;
    uint16_t row[8];
    uint32_t* fragments;
};

float number(uint32_t pair, int half) {
    uint32_t bits = (half ? pair >> 16 : pair & 0xffff) << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// sums [16, 8] += a [16, 16] b [16, 8]: products are exact, sums are rounded to float one after the other.
void multiply(Product* const* lanes) {
    float a[16][16], b[16][8];
    for (int lane = 0; lane < WARP; lane++) {
        int row = lane / 4, pair = lane % 4 * 2;
        for (int half = 0; half < 2; half++) {
            for (int part = 0; part < 4; part++) {
                a[row + part % 2 * 8][pair + half + part / 2 * 8] = number(lanes[lane]->a[part], half);
            }
            for (int part = 0; part < 2; part++) {
                b[pair + half + part * 8][row] = number(lanes[lane]->b[part], half);
            }
        }
    }
    for (int lane = 0; lane < WARP; lane++) {
        for (int i = 0; i < 4; i++) {
            int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
            float sum = lanes[lane]->sums[i];
            for (int k = 0; k < 16; k++) {
                sum += a[row][k] * b[k][column];
            }
            lanes[lane]->sums[i] = sum;
        }
    }
}

void load(Matrices* const* lanes, bool transposed) {
    for (int lane = 0; lane < WARP; lane++) {
        if (lanes[lane]->place % 16) {
            fail(MISALIGNED_ADDRESS, "the row of a matrix is not at a multiple of 16 bytes", 0);
        }
        for (int matrix = 0; matrix < 4; matrix++) {
            int row = lane / 4, pair = lane % 4 * 2;
            auto element = [&](int i, int j) -> uint32_t {
                return transposed ? lanes[matrix * 8 + j]->row[i] : lanes[matrix * 8 + i]->row[j];
            };
            lanes[lane]->fragments[matrix] = element(row, pair) | element(row, pair + 1) << 16;
        }
    }
}

struct Copy {
    Address to;
    const void* from;
    int bytes, batch;
};

struct Copies {
    std::deque<Copy> begun;
    int batch;
};

Copies copies[MAX_THREADS];

} // namespace

void run_warp(int kind, const unsigned long* published) {
    if (kind == MULTIPLY) {
        multiply(reinterpret_cast<Product* const*>(published));
    } else {
        load(reinterpret_cast<Matrices* const*>(published), kind == LOAD_TRANSPOSED);
    }
}

bool end_thread(int thread) {
    bool awaited = copies[thread].begun.empty();
    copies[thread].begun.clear();
    copies[thread].batch = 0;
    return awaited;
}

} // namespace emulator

using namespace emulator;

EXPORT void emulator_copy(Address to, const void* from, int bytes) {
    if (to % 16 || reinterpret_cast<Address>(from) % 16) {
        fail(MISALIGNED_ADDRESS, "misaligned asynchronous copy of 16 bytes",
             reinterpret_cast<Address>(__builtin_return_address(0)) - 1);
    }
    Copies& own = copies[running.thread];
    own.begun.push_back({to, from, bytes, own.batch});
}

EXPORT void emulator_end_copies() {
    copies[running.thread].batch++;
}

// The next copy of a batch that is older than the last `pending` ones; its bytes, or -1 when there is none.
EXPORT int emulator_due_copy(int pending, Address* to, const void** from) {
    Copies& own = copies[running.thread];
    if (own.begun.empty() || own.begun.front().batch >= own.batch - pending) {
        return -1;
    }
    Copy due = own.begun.front();
    own.begun.pop_front();
    *to = due.to;
    *from = due.from;
    return due.bytes;
}
