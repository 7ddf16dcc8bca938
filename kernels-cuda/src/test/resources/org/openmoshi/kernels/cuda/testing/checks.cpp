// What happens at every access of a kernel to memory. g++ puts a call before each of them (-fsanitize=thread); the
// functions it calls are these instead of those of its own library. They find accesses outside of allocations and to
// freed ones, misaligned ones, and two threads that touch the same bytes, one of them writing, without a barrier in
// between: for each element it is remembered who wrote and who read it last, and after which barrier.
#include "emulator.h"

#include <cstring>
#include <map>

namespace emulator {
namespace {

constexpr uint32_t MANY_BLOCKS = 0xffffffffu;
constexpr uint16_t MANY_THREADS = 0xffffu;
constexpr int WARP = 32;

// Functions whose races are meant: of several faults that threads note, any one may be kept.
const char* const RACING[] = {"fault("};

bool is_meant(const std::string& line) {
    for (const char* function : RACING) {
        if (line.find(function) != std::string::npos) {
            return true;
        }
    }
    return false;
}

uint32_t site_of(Address code) {
    return uint32_t(code - running.module->image);
}

std::string thread_of(uint16_t number) {
    return number == MANY_THREADS ? "several threads" : "thread " + std::to_string(number - 1);
}

void race(const Cell& cell, bool before_wrote, bool writes, const std::string& who, Address code) {
    static std::map<Address, bool> meant;
    auto known = meant.find(code);
    if (known == meant.end()) {
        known = meant.emplace(code, is_meant(source_line(*running.module, code))).first;
    }
    if (known->second) {
        return;
    }
    Address before = running.module->image + (before_wrote ? cell.write_site : cell.read_site);
    fail(LAUNCH_FAILED,
         std::string("missing barrier: ") + (writes ? "writes" : "reads") + " what " + who
             + (before_wrote ? " wrote (" : " read (") + source_line(*running.module, before) + ")",
         code);
}

// True when what a thread of this block did is ordered before what this thread does now.
bool ordered(uint16_t thread, uint32_t epoch, uint32_t warp_epoch) {
    uint16_t self = uint16_t(running.thread + 1);
    if (thread == 0 || thread == self || epoch != running.epoch) {
        return true;
    }
    int warp = running.thread / WARP;
    return thread != MANY_THREADS && (thread - 1) / WARP == warp && warp_epoch != running.warp_epoch[warp];
}

void track(Cell& cell, bool shared, bool writes, Address code) {
    if (cell.launch != running.launch || (shared && cell.block != running.block)) {
        cell = Cell{};
        cell.launch = running.launch;
        cell.block = running.block;
    } else if (cell.block != running.block) {
        if (cell.writer || (writes && cell.reader)) {
            race(cell, cell.writer, writes, "another block", code);
        }
        cell.block = MANY_BLOCKS;
    }
    uint16_t self = uint16_t(running.thread + 1);
    uint32_t warp_epoch = running.warp_epoch[running.thread / WARP];
    if (cell.block != MANY_BLOCKS) {
        if (!ordered(cell.writer, cell.write_epoch, cell.write_warp_epoch)) {
            race(cell, true, writes, thread_of(cell.writer), code);
        }
        if (writes && !ordered(cell.reader, cell.read_epoch, cell.read_warp_epoch)) {
            race(cell, false, writes, thread_of(cell.reader), code);
        }
    }
    if (writes) {
        cell.writer = self;
        cell.write_epoch = running.epoch;
        cell.write_warp_epoch = warp_epoch;
        cell.write_site = site_of(code);
    } else {
        cell.reader = ordered(cell.reader, cell.read_epoch, cell.read_warp_epoch) ? self : MANY_THREADS;
        cell.read_epoch = running.epoch;
        cell.read_warp_epoch = warp_epoch;
        cell.read_site = site_of(code);
    }
}

[[noreturn]] void illegal(Address address, unsigned bytes, bool writes, Address code) {
    fail(ILLEGAL_ADDRESS,
         std::string(writes ? "write" : "read") + " of " + std::to_string(bytes) + " bytes " + describe(address), code);
}

// bytes: 1, 2, 4 or 8
inline void check(Address address, unsigned bytes, bool writes, bool tracked, Address code) {
    int log_size = __builtin_ctz(bytes);
    if (address - space < SPACE_BYTES) {
        Allocation* allocation = near(address);
        if (!allocation || !allocation->live || address < allocation->begin || address + bytes > allocation->end) {
            illegal(address, bytes, writes, code);
        }
        if (address & (bytes - 1)) {
            fail(MISALIGNED_ADDRESS, "misaligned access of " + std::to_string(bytes) + " bytes", code);
        }
        if (tracked) {
            track(cell(*allocation, address, log_size), false, writes, code);
        }
        return;
    }
    Module& module = *running.module;
    if (address - module.shared < module.shared_end - module.shared) {
        if (tracked) {
            track(module.shared_cells[address - module.shared], true, writes, code);
        }
    } else if (address - stacks >= stacks_end - stacks && address - module.image >= module.image_end - module.image) {
        illegal(address, bytes, writes, code);
    }
}

// Larger accesses and ranges, such as vectors and structures, as their words.
void check_range(Address address, size_t bytes, bool writes, Address code) {
    while (bytes > 0) {
        unsigned word = bytes >= 4 && !(address & 3) ? 4 : 1;
        check(address, word, writes, true, code);
        address += word;
        bytes -= word;
    }
}

} // namespace
} // namespace emulator

using namespace emulator;

#define CODE reinterpret_cast<Address>(__builtin_return_address(0)) - 1
#define ACCESS(bytes)                                                                                     \
    EXPORT void __tsan_read##bytes(void* p) { check(reinterpret_cast<Address>(p), bytes, false, true, CODE); } \
    EXPORT void __tsan_write##bytes(void* p) { check(reinterpret_cast<Address>(p), bytes, true, true, CODE); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
#define RANGE(name, bytes)                                                                                \
    EXPORT void __tsan_##name##read##bytes(void* p) {                                                     \
        check_range(reinterpret_cast<Address>(p), bytes, false, CODE);                                    \
    }                                                                                                     \
    EXPORT void __tsan_##name##write##bytes(void* p) { check_range(reinterpret_cast<Address>(p), bytes, true, CODE); }
RANGE(, 16)
RANGE(unaligned_, 2)
RANGE(unaligned_, 4)
RANGE(unaligned_, 8)
RANGE(unaligned_, 16)
EXPORT void __tsan_read_range(void* p, size_t bytes) {
    check_range(reinterpret_cast<Address>(p), bytes, false, CODE);
}
EXPORT void __tsan_write_range(void* p, size_t bytes) {
    check_range(reinterpret_cast<Address>(p), bytes, true, CODE);
}
EXPORT void __tsan_init() {}

// An index outside of an array whose length the compiler knows: the arrays of a group and of a thread.
EXPORT void __ubsan_handle_out_of_bounds(void* data, size_t index) {
    const char* file = *static_cast<const char**>(data);
    uint32_t line = static_cast<uint32_t*>(data)[2];
    fail(ILLEGAL_ADDRESS,
         "index " + std::to_string(static_cast<long>(index)) + " is outside of the array at " + file + ":"
             + std::to_string(line),
         0);
}

namespace {
template <typename U, typename S>
unsigned long combine(void* address, int kind, unsigned long value, unsigned long expected) {
    auto* p = static_cast<U*>(address);
    U before = *p, v = U(value);
    S s = S(before), t = S(v);
    switch (kind) {
        case 0: case 1: *p = before + v; break;
        case 2: case 3: *p = before - v; break;
        case 4: *p = s > t ? before : v; break;
        case 5: *p = before > v ? before : v; break;
        case 6: *p = s < t ? before : v; break;
        case 7: *p = before < v ? before : v; break;
        case 8: case 9: *p = before & v; break;
        case 10: case 11: *p = before | v; break;
        case 12: case 13: *p = before ^ v; break;
        case 14: case 15: *p = v; break;
        default: *p = before == U(expected) ? v : before; break;
    }
    return before;
}
} // namespace

// Atomics of device.h: even kinds compare as signed numbers. Blocks and threads take turns, so they need no lock; they
// are never a race with each other.
EXPORT unsigned long emulator_atomic(
        void* address, int bytes, int kind, unsigned long value, unsigned long expected) {
    check(reinterpret_cast<Address>(address), bytes, true, false, CODE);
    return bytes == 4 ? combine<uint32_t, int32_t>(address, kind, value, expected)
                      : combine<uint64_t, int64_t>(address, kind, value, expected);
}
