// From the source of kernels to a loaded module: g++ preprocesses, the kernels are found by the word __global__, a table
// of them is added, g++ compiles. What was compiled is kept in a folder by the hash of all it depends on.
#include "emulator.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <link.h>
#include <map>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace emulator {

Settings settings;

namespace {

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

// Runs a program; its output goes to a file. True when it ended with 0.
bool run(std::vector<std::string> command, const std::string& output) {
    std::vector<char*> arguments;
    for (std::string& word : command) {
        arguments.push_back(&word[0]);
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = -1;
    if (error) {
        write(output, std::string(arguments[0]) + " does not start: " + strerror(error));
        return false;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string hash(const std::string& text) {
    uint64_t a = 0xcbf29ce484222325u, b = 0x9e3779b97f4a7c15u;
    for (unsigned char c : text) {
        a = (a ^ c) * 0x100000001b3u;
        b = (b + c) * 0xbf58476d1ce4e5b9u;
        b ^= b >> 29;
    }
    char digits[33];
    snprintf(digits, sizeof digits, "%016lx%016lx", static_cast<unsigned long>(a), static_cast<unsigned long>(b));
    return digits;
}

bool is_word(char c) {
    return isalnum(static_cast<unsigned char>(c)) || c == '_';
}

size_t skip_spaces(const std::string& text, size_t at) {
    while (at < text.size() && isspace(static_cast<unsigned char>(text[at]))) {
        at++;
    }
    return at;
}

// Blanks a word and, if there is one, the parenthesis behind it.
size_t blank(std::string& text, size_t from, size_t length) {
    size_t end = from + length;
    size_t open = skip_spaces(text, end);
    if (length > strlen("__global__") && open < text.size() && text[open] == '(') {
        end = text.find(')', open) + 1;
    }
    for (size_t i = from; i < end; i++) {
        text[i] = text[i] == '\n' ? '\n' : ' ';
    }
    return end;
}

// Blanks what begins a kernel; returns the kernels' names.
std::vector<std::string> find_kernels(std::string& text) {
    const std::string bounds = "__launch_bounds__", global = "__global__";
    for (size_t at = 0; (at = text.find(bounds, at)) != std::string::npos;) {
        at = blank(text, at, bounds.size());
    }
    std::vector<std::string> names;
    for (size_t at = 0; (at = text.find(global, at)) != std::string::npos;) {
        at = blank(text, at, global.size());
        size_t open = text.find('(', at), end = open;
        while (end > at && isspace(static_cast<unsigned char>(text[end - 1]))) {
            end--;
        }
        size_t begin = end;
        while (begin > at && is_word(text[begin - 1])) {
            begin--;
        }
        size_t close = text.find_first_of("{;", open);
        if (close != std::string::npos && text[close] == '{') {
            names.push_back(text.substr(begin, end - begin));
        }
    }
    return names;
}

} // namespace

std::string compile(const std::string& source, std::string& log) {
    std::string shim = read(settings.shim);
    std::string key = hash(source + '\0' + shim + '\0' + (settings.checks ? "checks " : "plain ") + settings.library);
    std::string made = settings.folder + "/" + key + ".so";
    if (access(made.c_str(), R_OK) == 0) {
        return made;
    }
    std::string base = settings.folder + "/" + key + "." + std::to_string(getpid());
    std::string text = base + ".cu", preprocessed = base + ".ii", output = base + ".log", library = base + ".so";
    write(text, source);
    bool good = run({"g++", "-E", "-x", "c++", "-std=c++17", "-include", settings.shim, text, "-o", preprocessed}, output);
    if (good) {
        std::string code = read(preprocessed);
        std::vector<std::string> names = find_kernels(code);
        code += "\nextern \"C\" const emulator_kernel emulator_kernels[] = {\n";
        for (const std::string& name : names) {
            std::string entry = "emulator_entry<" + name + ">::";
            code += "{\"" + name + "\", " + entry + "call, " + entry + "count, " + entry + "sizes, " + entry
                    + "alignments},\n";
        }
        write(preprocessed, code + "{0, 0, 0, 0, 0}};\n");
        std::vector<std::string> command = {
            "g++", "-x", "c++-cpp-output", "-std=c++17", "-shared", "-fPIC", "-gdwarf-4", "-march=native", "-ffp-contract=off",
            "-fno-math-errno", "-fno-exceptions", "-fno-rtti", "-fno-strict-aliasing", "-fno-stack-protector",
            "-fno-plt", "-w", "-Wl,-Bsymbolic", "-nodefaultlibs"};
        if (settings.checks) {
            command.insert(command.end(), {"-O1", "-fsanitize=thread,bounds", "--param=tsan-instrument-func-entry-exit=0",
                                           "-fno-tree-loop-distribute-patterns"});
        } else {
            command.push_back("-O2");
        }
        command.insert(command.end(), {preprocessed, "-o", library, "-x", "none", settings.library, "-lm", "-lgcc", "-lc"});
        good = run(command, output);
    }
    log = read(output);
    for (const std::string& file : {text, preprocessed, output}) {
        unlink(file.c_str());
    }
    if (!good || rename(library.c_str(), made.c_str())) {
        unlink(library.c_str());
        return "";
    }
    return made;
}

namespace {
struct Image {
    Address of, begin, end;
};

int find_image(dl_phdr_info* info, size_t, void* data) {
    auto* image = static_cast<Image*>(data);
    if (info->dlpi_addr != image->of) {
        return 0;
    }
    image->begin = ~Address(0);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const auto& header = info->dlpi_phdr[i];
        if (header.p_type == PT_LOAD) {
            image->begin = std::min<Address>(image->begin, image->of + header.p_vaddr);
            image->end = std::max<Address>(image->end, image->of + header.p_vaddr + header.p_memsz);
        }
    }
    return 1;
}
} // namespace

Module* load(const std::string& path) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        return nullptr;
    }
    struct Entry {
        const char* name;
        void (*call)(void**);
        int count;
        const int *sizes, *alignments;
    };
    auto* module = new Module{};
    module->path = path;
    module->library = library;
    link_map* map;
    dlinfo(library, RTLD_DI_LINKMAP, &map);
    Image image{map->l_addr, 0, 0};
    dl_iterate_phdr(find_image, &image);
    module->image = image.begin;
    module->image_end = image.end;
    auto* bounds = static_cast<Address*>(dlsym(library, "emulator_shared_bounds"));
    module->shared = bounds[0];
    module->shared_end = bounds[1];
    module->shared_cells.resize(module->shared_end - module->shared);
    for (auto* entry = static_cast<const Entry*>(dlsym(library, "emulator_kernels")); entry->name; entry++) {
        auto* kernel = new Kernel{entry->name, entry->call, {}, {}, module};
        kernel->sizes.assign(entry->sizes, entry->sizes + entry->count);
        kernel->alignments.assign(entry->alignments, entry->alignments + entry->count);
        module->kernels.push_back(kernel);
    }
    return module;
}

std::string source_line(const Module& module, Address code) {
    link_map* map;
    dlinfo(module.library, RTLD_DI_LINKMAP, &map);
    char command[4096];
    snprintf(command, sizeof command, "addr2line -s -p -f -i -C -e '%s' 0x%lx", module.path.c_str(),
             static_cast<unsigned long>(code - map->l_addr));
    FILE* pipe = popen(command, "r");
    if (!pipe) {
        return "an unknown line";
    }
    std::string joined;
    for (char line[1024]; fgets(line, sizeof line, pipe);) {
        std::string text(line);
        text.erase(std::min(text.find(" (discriminator"), text.find('\n')));
        joined += joined.empty() ? text : "," + text;
    }
    pclose(pipe);
    return joined;
}

} // namespace emulator
