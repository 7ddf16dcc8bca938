// What the parts of the emulated driver share. It stands in for libcuda.so.1 in tests: device memory is a reserved range
// of host memory, a "binary" is the kernels' source, loading it compiles it with g++ behind device.h, and a launch runs
// the blocks one after the other and the threads of a block as fibers.
//
//   driver.cpp     the driver API
//   memory.cpp     device memory
//   execution.cpp  grids, fibers, barriers, warps, and what stops a kernel
//   checks.cpp     what is checked at every access of a kernel to memory
//   tensor_core.cpp what a warp computes together, and asynchronous copies
//   compiler.cpp   from source to a loaded module
//   nvrtc.cpp      the library that stands in for NVRTC
//   cublas.cpp     the library that stands in for cuBLAS
//   cudnn.cpp      the library that stands in for cuDNN
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace emulator {

using Address = uintptr_t;

// Status codes of the driver API.
enum Status {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    INVALID_DEVICE = 101,
    INVALID_CONTEXT = 201,
    INVALID_PTX = 218,
    NOT_FOUND = 500,
    CAPTURE_UNSUPPORTED = 900,
    ILLEGAL_ADDRESS = 700,
    MISALIGNED_ADDRESS = 716,
    LAUNCH_FAILED = 719,
};

struct Settings {
    std::string folder; // of compiled kernels
    std::string shim; // the file device.h
    std::string library; // this library
    bool checks; // every access is checked, otherwise only guard pages are between blocks of memory
    bool descending; // threads of a block run from the last to the first
};
extern Settings settings;

// --- memory.cpp

// Who accessed some bytes last, for the detection of missing barriers. Threads are counted from 1.
struct Cell {
    uint32_t launch, block;
    uint32_t write_epoch, read_epoch, write_warp_epoch, read_warp_epoch;
    uint32_t write_site, read_site; // places in the module's code
    uint16_t writer, reader;
};

struct Allocation {
    Address begin, end;
    bool live;
    Cell* cells[4]; // by the size of the access: 1, 2, 4 and 8 bytes
};

extern Address space; // where device memory begins
constexpr Address SPACE_BYTES = Address(1) << 40;

// 0 when there is no room.
Address allocate(size_t bytes);
bool release(Address begin);
// The allocation that an address belongs to or follows, or null.
Allocation* near(Address address);
// True when a range lies within one live allocation.
bool contains(Address begin, size_t bytes);
// Says where an address is with respect to the allocation near it.
std::string describe(Address address);
// The cell of an access of 1, 2, 4 or 8 bytes.
Cell& cell(Allocation& allocation, Address address, int log_size);
size_t live_bytes();
extern size_t capacity;

// --- compiler.cpp

struct Kernel {
    std::string name;
    void (*call)(void** parameters);
    std::vector<int> sizes, alignments; // of the parameters, in bytes
    struct Module* module;
};

struct Module {
    std::string path;
    void* library;
    Address image, image_end; // its code and constants
    Address shared, shared_end; // its __shared__ arrays
    std::vector<Cell> shared_cells; // by byte
    std::vector<Kernel*> kernels;
};

// The file of the compiled source; empty when it does not compile, with the compiler's log.
std::string compile(const std::string& source, std::string& log);
// Null when the file is not a module.
Module* load(const std::string& path);
// The source line of an address in the module's code, from the innermost function outwards.
std::string source_line(const Module& module, Address code);

// --- execution.cpp

struct Size3 {
    unsigned x, y, z;
};

// What runs now.
struct Running {
    Module* module;
    const Kernel* kernel;
    uint32_t launch, block; // launches and the blocks of one are counted from 1 and 0
    uint32_t epoch; // barriers passed by the block
    uint32_t warp_epoch[32]; // synchronizations passed by each warp
    int thread;
};
extern Running running;
extern Address stacks, stacks_end;

// Runs work now, or keeps it for the graph that is being captured.
Status submit(const std::function<Status()>& work);

Status launch(const Kernel& kernel, Size3 grid, Size3 block, const char* packed, size_t bytes);
// Ends the launch from within a kernel.
[[noreturn]] void fail(Status status, const std::string& text, Address code);
// What stopped the last kernel that was stopped.
extern std::string last_fault;

// --- tensor_core.cpp

// Operations of a whole warp, kinds of its coming together: a product of fragments, matrices to fragments, transposed.
constexpr int MULTIPLY = 4, LOAD = 5, LOAD_TRANSPOSED = 6;
// Does one, given what each of the 32 threads published: the address of its operands.
void run_warp(int kind, const unsigned long* published);
// Forgets the copies that a thread has begun; false when there were some that it did not wait for.
bool end_thread(int thread);

} // namespace emulator
