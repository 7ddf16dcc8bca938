#include "dialect.h"

// What multiprocessors have since compute capability 8.0 beyond the dialect: products of small matrices, asynchronous
// copies to SHARED memory, and what feeds the one from the other. Named after what they do; the PTX instruction is in
// each of them, so that no header of a CUDA toolkit is needed. The emulated driver of the tests defines the same
// functions by what the PTX ISA says about those instructions.
#ifndef EMULATED_TENSOR_CORE

// A place in SHARED memory as instructions take it, in bytes.
typedef u32 Place;

FUNCTION Place place_of(LOCAL const void* p) {
    Place place;
    asm("{ .reg .u64 a; cvta.to.shared.u64 a, %1; cvt.u32.u64 %0, a; }" : "=r"(place) : "l"(p));
    return place;
}

// sums [16, 8] += a [16, 16] b [16, 8] in bfloat16 with float sums, by a whole warp. Lane l holds the elements
// (l / 4, l % 4 * 2) and the one behind of each 8 x 8 part: of a in a[0], those below in a[1], to the right in a[2],
// a[3]; of b's transpose likewise in b[0] and b[1]; of the sums in sums[0..1], those below in sums[2..3].
FUNCTION void multiply_fragments(float* sums, const u32* a, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Four 8 x 8 matrices as fragments: lane l passes the 8 numbers of row l % 8 of matrix l / 8, at a multiple of 16 bytes.
FUNCTION void load_fragments(u32* fragments, Place row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragments[0]), "=r"(fragments[1]), "=r"(fragments[2]), "=r"(fragments[3])
                 : "r"(row)
                 : "memory");
}

// The same of the transposed matrices.
FUNCTION void load_fragments_transposed(u32* fragments, Place row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragments[0]), "=r"(fragments[1]), "=r"(fragments[2]), "=r"(fragments[3])
                 : "r"(row)
                 : "memory");
}

// Two numbers rounded to bfloat16, the first in the lower half.
FUNCTION u32 pack_bf16(float first, float second) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %2, %1;" : "=r"(pair) : "f"(first), "f"(second));
    return pair;
}

// Begins to copy some of 16 bytes and zeros for the others; both addresses are multiples of 16.
FUNCTION void copy_async(Place to, GLOBAL const u16* from, int bytes) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(to), "l"(from), "r"(bytes)
                 : "memory");
}

// Ends a batch of copies of this item.
FUNCTION void end_copies() {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits for this item's copies, and for all but those of the last batch; the group sees them after a BARRIER.
FUNCTION void await_copies() {
    asm volatile("cp.async.wait_group 0;" ::: "memory");
}
FUNCTION void await_older_copies() {
    asm volatile("cp.async.wait_group 1;" ::: "memory");
}

// Stores 8 numbers at a multiple of 16 bytes.
FUNCTION void store_piece(Place to, const u32* pairs) {
    asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};"
                 :
                 : "r"(to), "r"(pairs[0]), "r"(pairs[1]), "r"(pairs[2]), "r"(pairs[3])
                 : "memory");
}

#endif

// Panels in SHARED memory are rows of pieces of 8 numbers, which copies and fragments move at once.
#define PIECE 8
#define PANEL_OF(name, numbers) SHARED __align__(16) u16 name[numbers]

// Where a piece lies in its panel, in bytes: pieces of a row change places so that the same piece of 8 rows lies in
// different banks.
FUNCTION u32 piece_at(int row, int piece, int width) {
    int turn = width == 4 ? row / 2 % 4 : row % 8;
    return (row * width + (piece ^ turn)) * (PIECE * 2);
}

// Whether pieces of a matrix can be copied asynchronously: its numbers follow each other, its lines at multiples of 16
// bytes.
FUNCTION int pieces_fit(GLOBAL const u16* at, i64 stride, i64 line_stride) {
    return stride == 1 && line_stride % PIECE == 0 && (u64)at % 16 == 0;
}

// A piece = numbers that are a stride apart, and zeros beyond count; asynchronously where pieces fit.
FUNCTION void load_piece(Place piece, GLOBAL const u16* from, i64 stride, int count, int fit) {
    if (fit) {
        copy_async(piece, from, count <= 0 ? 0 : count < PIECE ? 2 * count : 2 * PIECE);
        return;
    }
    u32 pairs[PIECE / 2];
#pragma unroll
    for (int i = 0; i < PIECE / 2; i++) {
        u32 first = 2 * i < count ? from[2 * i * stride] : 0;
        u32 second = 2 * i + 1 < count ? from[(2 * i + 1) * stride] : 0;
        pairs[i] = first | second << 16;
    }
    store_piece(piece, pairs);
}

// Writes two neighbours, or as many of them as there are.
FUNCTION void put_pair(GLOBAL u16* to, int count, float first, float second) {
    u32 pair = pack_bf16(first, second);
    if (count > 1 && (u64)to % 4 == 0) {
        *(u32*)to = pair;
    } else {
        if (count > 0) {
            to[0] = (u16)pair;
        }
        if (count > 1) {
            to[1] = (u16)(pair >> 16);
        }
    }
}
