#include "rounding.h"

// The numbers that the class Philox defines: position p owns word p mod 4 of block p / 4.
typedef struct {
    u32 word[4];
} Words;

// Philox4x32-10 (Salmon et al. 2011) with the seed as key and (block, attempt, 0) as counter.
FUNCTION Words philox(u64 seed, u64 block, u32 attempt) {
    u32 k0 = (u32)seed, k1 = (u32)(seed >> 32);
    u32 c0 = (u32)block, c1 = (u32)(block >> 32), c2 = attempt, c3 = 0;
    for (int round = 0; round < 10; round++) {
        u64 p0 = (u64)0xD2511F53u * c0;
        u64 p1 = (u64)0xCD9E8D57u * c2;
        c0 = (u32)(p1 >> 32) ^ c1 ^ k0;
        c1 = (u32)p1;
        c2 = (u32)(p0 >> 32) ^ c3 ^ k1;
        c3 = (u32)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    Words words;
    words.word[0] = c0;
    words.word[1] = c1;
    words.word[2] = c2;
    words.word[3] = c3;
    return words;
}

// The standard normal number of place 0 to 3 in a block (Box and Muller 1958); each pair of places shares two words.
FUNCTION double philox_normal(const Words* words, int place) {
    double u = ((double)words->word[place & 2] + 1.0) * 2.3283064365386962890625e-10; // 2^-32
    double angle = 6.283185307179586476925 * ((double)words->word[(place & 2) + 1] * 2.3283064365386962890625e-10);
    double radius = sqrt(-2.0 * log(u));
    return radius * ((place & 1) == 0 ? cos(angle) : sin(angle));
}

// A uniform number on [a, b): the bits that the class Philox defines, so no operation may be fused with another.
FUNCTION T philox_uniform(u32 word, double a, double b) {
#if defined(TYPE_F32)
    float value = (float)sum_product(a, b - a, (double)(word >> 8) * 5.9604644775390625e-8); // 2^-24
    if ((double)value >= b && b > a) { // rounded up to b: the next number below
        u32 bits = FLOAT_AS_INT((float)b);
        value = INT_AS_FLOAT((bits << 1) == 0u ? 0x80000001u : (bits >> 31) != 0u ? bits + 1u : bits - 1u);
    }
    return value;
#else
    return sum_product(a, b - a, (double)word * 2.3283064365386962890625e-10);
#endif
}

// An entry point per distribution: an item makes the numbers of one block, of which the first and the last may lie
// partly outside of y. Bounded by integer arithmetic.
#define PHILOX(name, value)                                                                                \
    KERNEL void random_##name(                                                                             \
            GLOBAL T* y, i64 y_offset, i64 seed, i64 first, double a, double b, i64 count) {               \
        u64 blocks = count == 0 ? 0 : (((u64)(first + count - 1)) >> 2) - ((u64)first >> 2) + 1;           \
        for (u64 i = (u64)(GROUP(0) * ITEMS + ITEM); i < blocks; i += (u64)(GROUPS(0) * ITEMS)) {          \
            u64 block = ((u64)first >> 2) + i;                                                             \
            Words words = philox((u64)seed, block, 0);                                                     \
            for (int place = 0; place < 4; place++) {                                                      \
                i64 at = (i64)(block * 4 + (u64)place) - first;                                            \
                if (at >= 0 && at < count) {                                                               \
                    y[y_offset + at] = value;                                                              \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

// Each place redraws for itself, from the next attempts of its block.
FUNCTION double philox_truncated(u64 seed, u64 block, Words words, int place) {
    double z = philox_normal(&words, place);
    for (u32 attempt = 1; fabs(z) > 2.0; attempt++) {
        words = philox(seed, block, attempt);
        z = philox_normal(&words, place);
    }
    return z;
}

PHILOX(uniform, philox_uniform(words.word[place], a, b))
PHILOX(normal, (T)(a + b * philox_normal(&words, place)))
PHILOX(truncated_normal, (T)(a + b * philox_truncated((u64)seed, block, words, place)))
