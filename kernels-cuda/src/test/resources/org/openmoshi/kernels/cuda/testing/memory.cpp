// Device memory: every allocation ends at inaccessible pages and its addresses are never used again, so that an overrun
// and a use after free are faults even where accesses are not checked one by one.
#include "emulator.h"

#include <cstring>
#include <sys/mman.h>

namespace emulator {

Address space;
size_t capacity = size_t(4) << 30;

namespace {

constexpr Address GRANULE = 64 << 10;
constexpr Address ALIGNMENT = 64;

std::vector<Allocation*> allocations;
uint32_t* owners; // per granule, the number of the allocation in it or before it, from 1
Address cursor;
size_t live;

void* reserve(size_t bytes, int protection) {
    void* memory = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

size_t cells_bytes(const Allocation& allocation, int log_size) {
    return (((allocation.end - allocation.begin) >> log_size) + 1) * sizeof(Cell);
}

Address granules(Address bytes) {
    return (bytes + GRANULE - 1) / GRANULE * GRANULE;
}

} // namespace

Address allocate(size_t bytes) {
    if (!space) {
        space = reinterpret_cast<Address>(reserve(SPACE_BYTES + GRANULE, PROT_NONE));
        space = granules(space);
        owners = static_cast<uint32_t*>(reserve(SPACE_BYTES / GRANULE * sizeof(uint32_t), PROT_READ | PROT_WRITE));
        cursor = space;
    }
    Address length = granules(bytes);
    if (live + bytes > capacity || cursor + length + GRANULE > space + SPACE_BYTES
        || mprotect(reinterpret_cast<void*>(cursor), length, PROT_READ | PROT_WRITE)) {
        return 0;
    }
    auto* made = new Allocation{};
    made->end = cursor + length;
    made->begin = (made->end - bytes) & ~(ALIGNMENT - 1);
    made->end = made->begin + bytes;
    made->live = true;
    allocations.push_back(made);
    for (Address at = cursor; at < cursor + length + GRANULE; at += GRANULE) {
        owners[(at - space) / GRANULE] = allocations.size();
    }
    cursor += length + GRANULE;
    live += bytes;
    if (settings.checks) {
        memset(reinterpret_cast<void*>(made->begin), 0xff, bytes); // NaN: what was not written shows
    }
    return made->begin;
}

bool release(Address begin) {
    Allocation* allocation = near(begin);
    if (!allocation || !allocation->live || allocation->begin != begin) {
        return false;
    }
    Address first = begin / GRANULE * GRANULE;
    mmap(reinterpret_cast<void*>(first), granules(allocation->end - first), PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    for (int size = 0; size < 4; size++) {
        if (allocation->cells[size]) {
            munmap(allocation->cells[size], cells_bytes(*allocation, size));
            allocation->cells[size] = nullptr;
        }
    }
    allocation->live = false;
    live -= allocation->end - allocation->begin;
    return true;
}

Allocation* near(Address address) {
    if (!space || address - space >= SPACE_BYTES) {
        return nullptr;
    }
    uint32_t owner = owners[(address - space) / GRANULE];
    return owner ? allocations[owner - 1] : nullptr;
}

bool contains(Address begin, size_t bytes) {
    Allocation* allocation = near(begin);
    return allocation && allocation->live && begin >= allocation->begin && begin + bytes <= allocation->end;
}

std::string describe(Address address) {
    Allocation* allocation = near(address);
    if (!allocation) {
        return "at an address that is not device memory";
    }
    std::string block = "an allocation of " + std::to_string(allocation->end - allocation->begin) + " bytes";
    if (address < allocation->begin) {
        return std::to_string(allocation->begin - address) + " bytes before " + block;
    }
    if (address >= allocation->end) {
        return std::to_string(address - allocation->end) + " bytes past the end of " + block;
    }
    return "at byte " + std::to_string(address - allocation->begin) + " of " + block
           + (allocation->live ? "" : " that was freed");
}

Cell& cell(Allocation& allocation, Address address, int log_size) {
    if (!allocation.cells[log_size]) {
        void* cells = reserve(cells_bytes(allocation, log_size), PROT_READ | PROT_WRITE);
        if (!cells) {
            abort();
        }
        allocation.cells[log_size] = static_cast<Cell*>(cells);
    }
    return allocation.cells[log_size][(address - allocation.begin) >> log_size];
}

size_t live_bytes() {
    return live;
}

} // namespace emulator
