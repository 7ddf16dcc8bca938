// Grids, fibers, barriers and warps. A thread of a block runs until it waits or ends; one that never waits leaves its
// stack to the next one, so kernels without barriers cost one switch per thread.
#include "emulator.h"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <mutex>
#include <sys/mman.h>
#include <ucontext.h>

namespace emulator {

Running running;
Address stacks, stacks_end;
std::string last_fault;

namespace {

constexpr int MAX_THREADS = 1024;
constexpr int WARP = 32;
constexpr Address STACK_BYTES = 256 << 10; // the lower half stays inaccessible
enum class State { READY, AT_BARRIER, IN_WARP, DONE };

struct Site {
    int kind;
    unsigned mask;
    const char* file;
    int line;
};

struct Thread {
    void* stack_pointer;
    int stack; // -1: not started
    State state;
    Site site; // where it waits
    unsigned long published;
};

Thread threads[MAX_THREADS];
int thread_count;
unsigned long lanes[MAX_THREADS]; // what the warp published when it last came together
int barrier_count, barrier_total; // predicates of __syncthreads_count
void* scheduler; // its stack pointer
Thread* current;
std::vector<int> free_stacks;
int stacks_made;
const Kernel* kernel;
void* parameters[96];
sigjmp_buf escape;
Status stopped;
Address stopped_at; // in code; 0: none
volatile Address signal_address;
bool launching;
pthread_t launcher;
std::mutex one_launch;

// Saves the registers that a function must keep and the stack pointer, and goes on where another stack was left.
extern "C" void emulator_switch(void** save, void* to);
#if defined(__x86_64__)
asm(R"(
.hidden emulator_switch
.globl emulator_switch
emulator_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
constexpr int SAVED_WORDS = 8; // with the return address, and aligned as at the begin of a function
constexpr int ENTRY_WORD = 6;
Address program_counter(const ucontext_t* context) {
    return context->uc_mcontext.gregs[REG_RIP];
}
#elif defined(__aarch64__)
asm(R"(
.hidden emulator_switch
.globl emulator_switch
emulator_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
)");
constexpr int SAVED_WORDS = 20;
constexpr int ENTRY_WORD = 11;
Address program_counter(const ucontext_t* context) {
    return context->uc_mcontext.pc;
}
#else
#error "the emulator's fibers are written for x86-64 and aarch64"
#endif

void suspend() {
    emulator_switch(&current->stack_pointer, scheduler);
}

void run_thread() {
    kernel->call(parameters);
    if (!end_thread(running.thread)) {
        fail(LAUNCH_FAILED, "asynchronous copies that the thread has not waited for when it returns", 0);
    }
    current->state = State::DONE;
    suspend();
    __builtin_trap(); // a thread that is done is not resumed
}

int take_stack() {
    if (!stacks) {
        void* memory = mmap(nullptr, MAX_THREADS * STACK_BYTES, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        stacks = reinterpret_cast<Address>(memory);
        stacks_end = stacks + MAX_THREADS * STACK_BYTES;
    }
    if (free_stacks.empty()) {
        int made = stacks_made++;
        mprotect(reinterpret_cast<void*>(stacks + made * STACK_BYTES + STACK_BYTES / 2), STACK_BYTES / 2,
                 PROT_READ | PROT_WRITE);
        return made;
    }
    int stack = free_stacks.back();
    free_stacks.pop_back();
    return stack;
}

void start(Thread& thread) {
    thread.stack = take_stack();
    auto* top = reinterpret_cast<Address*>(stacks + (thread.stack + 1) * STACK_BYTES) - 2;
    Address* saved = top - SAVED_WORDS;
    memset(saved, 0, (top - saved) * sizeof(Address));
    saved[ENTRY_WORD] = reinterpret_cast<Address>(&run_thread);
    thread.stack_pointer = saved;
}

std::string place(const Site& site) {
    return std::string(site.file) + ":" + std::to_string(site.line);
}

std::string doing(int thread) {
    const Thread& it = threads[thread];
    std::string who = "thread " + std::to_string(thread);
    return it.state == State::DONE         ? who + " has returned"
           : it.state == State::AT_BARRIER ? who + " waits at the barrier of " + place(it.site)
                                           : who + " waits for its warp at " + place(it.site);
}

// Resumes the warps whose threads have all come to the same operation.
bool release_warps() {
    bool released = false;
    for (int first = 0; first < thread_count; first += WARP) {
        int last = std::min(first + WARP, thread_count);
        for (int i = first; i < last; i++) {
            if (threads[i].state != State::IN_WARP) {
                continue;
            }
            const Site& site = threads[i].site;
            bool complete = true;
            for (int j = first; j < last; j++) {
                if (!(site.mask >> (j - first) & 1) || threads[j].state == State::DONE) {
                    continue;
                }
                complete = complete && threads[j].state == State::IN_WARP && threads[j].site.mask == site.mask
                           && threads[j].site.kind == site.kind;
            }
            if (!complete) {
                continue;
            }
            released = true;
            if (site.kind >= MULTIPLY) {
                unsigned long operands[WARP];
                for (int lane = 0; lane < WARP; lane++) {
                    if (first + lane >= last || threads[first + lane].state == State::DONE) {
                        fail(LAUNCH_FAILED, "divergent warp: " + doing(i) + ", which needs all 32 threads", 0);
                    }
                    operands[lane] = threads[first + lane].published;
                }
                run_warp(site.kind, operands);
            }
            running.warp_epoch[first / WARP] += site.kind == 1; // of all, only __syncwarp orders memory
            unsigned mask = site.mask;
            for (int j = first; j < last; j++) {
                if (mask >> (j - first) & 1) {
                    bool arrived = threads[j].state == State::IN_WARP;
                    lanes[j] = arrived ? threads[j].published : ~0ul;
                    threads[j].state = arrived ? State::READY : State::DONE;
                }
            }
        }
    }
    return released;
}

bool same_barrier(const Thread& a, const Thread& b) {
    return a.state == State::AT_BARRIER && b.state == State::AT_BARRIER && a.site.kind == b.site.kind
           && a.site.line == b.site.line && !strcmp(a.site.file, b.site.file);
}

// All threads wait or are done: either all wait at one barrier, or this kernel would hang or worse.
void pass_barrier() {
    int waiting = 0; // the first that has not returned: it shows the line
    while (threads[waiting].state == State::DONE) {
        waiting++;
    }
    for (int i = 0; i < thread_count; i++) {
        if (threads[waiting].state == State::IN_WARP || !same_barrier(threads[waiting], threads[i])) {
            int other = i == waiting ? waiting + 1 : i;
            fail(LAUNCH_FAILED,
                 std::string(threads[waiting].state == State::IN_WARP ? "divergent warp: " : "divergent barrier: ")
                     + doing(waiting) + (other < thread_count ? ", " + doing(other) : ""),
                 0);
        }
    }
    barrier_total = barrier_count;
    barrier_count = 0;
    running.epoch++;
    for (int i = 0; i < thread_count; i++) {
        threads[i].state = State::READY;
    }
}

} // namespace

extern "C" {
__attribute__((visibility("default"))) Size3 threadIdx, blockIdx, blockDim, gridDim;
}

namespace {

void run_block() {
    running.epoch = 0;
    memset(running.warp_epoch, 0, sizeof running.warp_epoch);
    for (int i = 0; i < thread_count; i++) {
        threads[i].state = State::READY;
        threads[i].stack = -1;
    }
    for (int done = 0; done < thread_count;) {
        bool progress = false;
        for (int k = 0; k < thread_count; k++) {
            int i = settings.descending ? thread_count - 1 - k : k;
            Thread& thread = threads[i];
            if (thread.state != State::READY) {
                continue;
            }
            progress = true;
            if (thread.stack < 0) {
                start(thread);
            }
            current = &thread;
            running.thread = i;
            threadIdx = {unsigned(i % blockDim.x), unsigned(i / blockDim.x % blockDim.y),
                         unsigned(i / (blockDim.x * blockDim.y))};
            emulator_switch(&scheduler, thread.stack_pointer);
            if (thread.state == State::DONE) {
                free_stacks.push_back(thread.stack);
                done++;
            }
        }
        progress |= release_warps();
        if (!progress) {
            pass_barrier();
        }
    }
}

constexpr int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
struct sigaction before_signal[NSIG];

// A fault of the launching thread is the kernel's; those of other threads belong to the virtual machine around us.
void on_signal(int signal, siginfo_t* info, void* context) {
    if (launching && pthread_equal(pthread_self(), launcher)) {
        signal_address = reinterpret_cast<Address>(info->si_addr);
        stopped_at = program_counter(static_cast<ucontext_t*>(context));
        siglongjmp(escape, signal);
    }
    const struct sigaction& before = before_signal[signal];
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(signal);
    } else {
        sigaction(signal, &before, nullptr); // the access is repeated and ends the process
    }
}

// Catches signals for as long as it lives, on a stack of its own: a fiber's may be what overflowed.
class Signals {
public:
    Signals() {
        stack_t own{};
        own.ss_sp = memory;
        own.ss_size = sizeof memory;
        sigaltstack(&own, &before_stack);
        struct sigaction action {};
        action.sa_sigaction = on_signal;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        launcher = pthread_self();
        launching = true;
        for (int signal : SIGNALS) {
            sigaction(signal, &action, &before_signal[signal]);
        }
    }
    ~Signals() {
        for (int signal : SIGNALS) {
            sigaction(signal, &before_signal[signal], nullptr);
        }
        launching = false;
        sigaltstack(&before_stack, nullptr);
    }

private:
    static char memory[64 << 10];
    stack_t before_stack;
};
char Signals::memory[64 << 10];

std::string where() {
    return "block (" + std::to_string(blockIdx.x) + ", " + std::to_string(blockIdx.y) + ", "
           + std::to_string(blockIdx.z) + "), thread " + std::to_string(running.thread);
}

void signalled(int signal) {
    bool of_stack = signal_address - stacks < stacks_end - stacks;
    std::string what = signal == SIGFPE   ? "integer division by zero"
                       : signal == SIGILL ? "undefined behaviour that the compiler found"
                       : of_stack         ? "the thread's stack overflows"
                                          : "access " + describe(signal_address);
    stopped = signal == SIGFPE || signal == SIGILL ? LAUNCH_FAILED : ILLEGAL_ADDRESS;
    last_fault = what + " at " + source_line(*running.module, stopped_at) + ", " + where();
}

} // namespace

void fail(Status status, const std::string& text, Address code) {
    stopped = status;
    last_fault = text + (code ? " at " + source_line(*running.module, code) : "") + ", " + where();
    siglongjmp(escape, -1);
}

Status launch(const Kernel& launched, Size3 grid, Size3 block, const char* packed, size_t bytes) {
    std::lock_guard<std::mutex> lock(one_launch);
    size_t offset = 0;
    for (size_t i = 0; i < launched.sizes.size(); i++) {
        size_t alignment = launched.alignments[i];
        offset = (offset + alignment - 1) / alignment * alignment;
        parameters[i] = const_cast<char*>(packed) + offset;
        offset += launched.sizes[i];
    }
    size_t threads_of_block = size_t(block.x) * block.y * block.z;
    if (offset != bytes || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535
        || grid.z > 65535 || threads_of_block == 0 || threads_of_block > MAX_THREADS) {
        return INVALID_VALUE;
    }
    kernel = &launched;
    running.kernel = kernel;
    running.module = kernel->module;
    running.launch++;
    thread_count = int(threads_of_block);
    blockDim = block;
    gridDim = grid;
    barrier_count = 0;
    Signals signals;
    int jumped = sigsetjmp(escape, 1);
    if (jumped) {
        if (jumped > 0) {
            signalled(jumped);
        }
        for (int i = 0; i < thread_count; i++) {
            end_thread(i);
        }
        free_stacks.clear(); // those of the threads that were left behind, and all others
        for (int i = 0; i < stacks_made; i++) {
            free_stacks.push_back(i);
        }
        return stopped;
    }
    running.block = 0;
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++) {
        for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++) {
            for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++) {
                memset(reinterpret_cast<void*>(kernel->module->shared), 0xff,
                       kernel->module->shared_end - kernel->module->shared);
                run_block();
                running.block++;
            }
        }
    }
    return SUCCESS;
}

} // namespace emulator

using namespace emulator;

// What device.h calls.

EXPORT void emulator_barrier(int kind, int value, const char* file, int line) {
    barrier_count += value;
    current->state = State::AT_BARRIER;
    current->site = {kind, 0, file, line};
    suspend();
}

EXPORT int emulator_barrier_count() {
    return barrier_total;
}

EXPORT void emulator_warp(unsigned mask, int kind, unsigned long value, const char* file, int line) {
    if (!(mask >> (running.thread % WARP) & 1)) {
        fail(LAUNCH_FAILED,
             "divergent warp: the mask of the operation at " + std::string(file) + ":" + std::to_string(line)
                 + " lacks the thread itself",
             0);
    }
    current->published = value;
    current->state = State::IN_WARP;
    current->site = {kind, mask, file, line};
    suspend();
}

EXPORT unsigned long emulator_lane(int lane) {
    int thread = running.thread / WARP * WARP + (lane & (WARP - 1));
    return thread < thread_count ? lanes[thread] : ~0ul;
}

EXPORT unsigned emulator_active_mask() {
    unsigned mask = 0;
    int first = running.thread / WARP * WARP;
    for (int i = first; i < std::min(first + WARP, thread_count); i++) {
        mask |= unsigned(threads[i].state != State::DONE) << (i - first);
    }
    return mask;
}
