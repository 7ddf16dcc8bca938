// The driver API, as far as the host side calls it, and the switches of the tests. A launch is over when it returns, so
// streams are names only. A kernel that was stopped makes its launch fail; unlike on a GPU the context lives on, so that
// one broken kernel does not fail the tests after it.
#include "emulator.h"

#include <cstdlib>
#include <cstring>

using namespace emulator;

namespace {

constexpr const char* MAGIC = "// emulated binary ";

thread_local void* current_context;
int the_context, the_stream;
bool lost;
long launches, graph_launches;
using Graph = std::vector<std::function<Status()>>;
Graph* capturing; // null: what is launched is executed
std::vector<std::string> sources; // of the modules that were loaded

Status ready() {
    return lost ? LAUNCH_FAILED : current_context != &the_context ? INVALID_CONTEXT : SUCCESS;
}

#define REQUIRE_CONTEXT                         \
    if (Status status = ready()) {              \
        return status;                          \
    }

#define REQUIRE_NO_CAPTURE              \
    if (capturing) {                    \
        return CAPTURE_UNSUPPORTED;     \
    }

} // namespace

Status emulator::submit(const std::function<Status()>& work) {
    if (capturing) {
        capturing->push_back(work);
        return SUCCESS;
    }
    return work();
}

// --- the tests' switches

EXPORT void emulator_setup(
        const char* folder, const char* shim, const char* library, int checks) {
    settings = {folder, shim, library, checks != 0, false};
}
EXPORT void emulator_set_descending(int descending) {
    settings.descending = descending;
}
EXPORT void emulator_set_capacity(size_t bytes) {
    capacity = bytes;
}
EXPORT void emulator_set_lost(int is_lost) {
    lost = is_lost;
}
EXPORT size_t emulator_live_bytes() {
    return live_bytes();
}
EXPORT long emulator_launches() {
    return launches;
}
EXPORT long emulator_graph_launches() {
    return graph_launches;
}
EXPORT long emulator_source_count() {
    return sources.size();
}
EXPORT const char* emulator_source(long number) {
    return sources[number].c_str();
}
// For libraries that compute: whether they are called as on a GPU, with a context, and a range of memory they may use.
EXPORT int emulator_is_ready() {
    return ready() == SUCCESS;
}
EXPORT int emulator_submit(const std::function<int()>& work) {
    return submit([work] { return work() ? LAUNCH_FAILED : SUCCESS; });
}
EXPORT int emulator_contains(Address begin, size_t bytes) {
    return contains(begin, bytes);
}
// For NVRTC: null when the source does not compile. The caller frees both texts.
EXPORT char* emulator_compile(const char* source, char** log) {
    std::string text;
    std::string path = compile(source, text);
    *log = strdup(text.c_str());
    return path.empty() ? nullptr : strdup((MAGIC + std::to_string(strlen(source)) + "\n" + source).c_str());
}

// --- devices and contexts

EXPORT Status cuInit(unsigned) {
    return SUCCESS;
}
EXPORT Status cuDriverGetVersion(int* version) {
    *version = 13000;
    return SUCCESS;
}
EXPORT Status cuDeviceGetCount(int* count) {
    *count = 1;
    return SUCCESS;
}
EXPORT Status cuDeviceGet(int* device, int number) {
    *device = number;
    return number == 0 ? SUCCESS : INVALID_DEVICE;
}
EXPORT Status cuDeviceGetName(char* name, int length, int) {
    strncpy(name, "emulated GPU (tests)", length);
    return SUCCESS;
}
EXPORT Status cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = capacity;
    return SUCCESS;
}
EXPORT Status cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 1: *value = 1024; break; // threads per block
        case 5: *value = 0x7fffffff; break; // grid x, y, z
        case 6: case 7: *value = 65535; break;
        case 8: *value = 48 << 10; break; // shared memory per block
        case 10: *value = 32; break; // warp
        case 13: *value = 1000000; break; // clock in kHz
        case 16: *value = 1; break; // multiprocessors
        case 36: *value = 500000; break; // the memory's clock in kHz, and its width in bits
        case 37: *value = 64; break;
        case 75: *value = 9; break; // compute capability
        case 76: *value = 0; break;
        default: return INVALID_VALUE;
    }
    return SUCCESS;
}
EXPORT Status cuDevicePrimaryCtxRetain(void** context, int) {
    *context = &the_context;
    return SUCCESS;
}
EXPORT Status cuCtxSetCurrent(void* context) {
    current_context = context;
    return SUCCESS;
}
EXPORT Status cuStreamCreate(void** stream, unsigned) {
    REQUIRE_CONTEXT
    *stream = &the_stream;
    return SUCCESS;
}
EXPORT Status cuStreamSynchronize(void*) {
    REQUIRE_NO_CAPTURE
    return ready();
}

// --- memory

EXPORT Status cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
    REQUIRE_CONTEXT
    *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    return *memory ? SUCCESS : OUT_OF_MEMORY;
}
EXPORT Status cuMemAlloc_v2(Address* memory, size_t bytes) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE
    if (bytes == 0) {
        return INVALID_VALUE;
    }
    *memory = allocate(bytes);
    return *memory ? SUCCESS : OUT_OF_MEMORY;
}
EXPORT Status cuMemFree_v2(Address memory) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE
    return release(memory) ? SUCCESS : INVALID_VALUE;
}
EXPORT Status cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, void*) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE // a GPU would capture the copy; the host side never asks for that
    if (!contains(to, bytes)) {
        return INVALID_VALUE;
    }
    memcpy(reinterpret_cast<void*>(to), from, bytes);
    return SUCCESS;
}
EXPORT Status cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, void*) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE
    if (!contains(from, bytes)) {
        return INVALID_VALUE;
    }
    memcpy(to, reinterpret_cast<void*>(from), bytes);
    return SUCCESS;
}

// --- modules and launches

EXPORT Status cuModuleLoadData(Module** module, const char* image) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE
    size_t magic = strlen(MAGIC);
    char* end;
    if (strncmp(image, MAGIC, magic)) {
        return INVALID_PTX;
    }
    size_t length = strtoul(image + magic, &end, 10);
    if (*end != '\n' || strlen(end + 1) != length) {
        return INVALID_PTX;
    }
    sources.push_back(end + 1);
    std::string log;
    *module = load(compile(end + 1, log));
    return *module ? SUCCESS : INVALID_PTX;
}
EXPORT Status cuModuleGetFunction(const Kernel** function, const Module* module, const char* name) {
    REQUIRE_CONTEXT
    for (const Kernel* kernel : module->kernels) {
        if (kernel->name == name) {
            *function = kernel;
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}
EXPORT Status cuLaunchKernel(
        const Kernel* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
        unsigned block_z, unsigned shared_bytes, void*, void** parameters, void** extra) {
    REQUIRE_CONTEXT
    if (parameters || !extra || shared_bytes) {
        return INVALID_VALUE; // the host side passes packed arguments and fixed shared arrays
    }
    const char* packed = nullptr;
    size_t bytes = 0;
    for (; *extra; extra += 2) {
        if (*extra == reinterpret_cast<void*>(1)) {
            packed = static_cast<const char*>(extra[1]);
        } else if (*extra == reinterpret_cast<void*>(2)) {
            bytes = *static_cast<size_t*>(extra[1]);
        } else {
            return INVALID_VALUE;
        }
    }
    std::string arguments(packed, bytes); // those of now, also in a graph
    return submit([=] {
        launches++;
        return launch(*kernel, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, arguments.data(), bytes);
    });
}

// --- graphs

EXPORT Status cuStreamBeginCapture_v2(void*, int) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE
    capturing = new Graph;
    return SUCCESS;
}
EXPORT Status cuStreamEndCapture(void*, Graph** graph) {
    REQUIRE_CONTEXT
    *graph = capturing;
    capturing = nullptr;
    return *graph ? SUCCESS : INVALID_VALUE;
}
EXPORT Status cuGraphInstantiateWithFlags(Graph** executable, const Graph* graph, unsigned long long) {
    REQUIRE_CONTEXT
    *executable = new Graph(*graph);
    return SUCCESS;
}
EXPORT Status cuGraphDestroy(Graph* graph) {
    delete graph;
    return SUCCESS;
}
EXPORT Status cuGraphExecDestroy(Graph* executable) {
    delete executable;
    return SUCCESS;
}
EXPORT Status cuGraphLaunch(const Graph* executable, void*) {
    REQUIRE_CONTEXT
    REQUIRE_NO_CAPTURE
    graph_launches++;
    for (const auto& work : *executable) {
        if (Status status = work()) {
            return status;
        }
    }
    return SUCCESS;
}

// --- errors

EXPORT Status cuGetErrorString(Status status, const char** text) {
    switch (status) {
        case ILLEGAL_ADDRESS: case MISALIGNED_ADDRESS: case LAUNCH_FAILED:
            *text = lost ? "the device was lost" : last_fault.c_str();
            return SUCCESS;
        case OUT_OF_MEMORY: *text = "out of memory"; return SUCCESS;
        case INVALID_PTX: *text = "a PTX JIT compilation failed"; return SUCCESS;
        case CAPTURE_UNSUPPORTED: *text = "operation not permitted when stream is capturing"; return SUCCESS;
        case INVALID_VALUE: *text = "invalid argument"; return SUCCESS;
        case INVALID_CONTEXT: *text = "invalid device context"; return SUCCESS;
        default: *text = nullptr; return INVALID_VALUE;
    }
}
