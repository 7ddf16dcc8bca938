// Stands in for NVRTC: hands the source to the emulated driver's compiler. The "PTX" is the source itself.
#include <cstdlib>
#include <cstring>
#include <string>

#define EXPORT extern "C" __attribute__((visibility("default")))

extern "C" char* emulator_compile(const char* source, char** log);

namespace {

enum Result { SUCCESS = 0, INVALID_OPTION = 5, COMPILATION = 6 };

struct Program {
    std::string source, log, ptx;
};

const char* const OPTIONS[] = {"--gpu-architecture=compute_90", "--std=c++17", "--fmad=true", "--generate-line-info"};

} // namespace

EXPORT Result nvrtcVersion(int* major, int* minor) {
    *major = 13;
    *minor = 0;
    return SUCCESS;
}
EXPORT Result nvrtcGetNumSupportedArchs(int* count) {
    *count = 3;
    return SUCCESS;
}
EXPORT Result nvrtcGetSupportedArchs(int* architectures) {
    const int known[] = {80, 90, 120};
    memcpy(architectures, known, sizeof known);
    return SUCCESS;
}
EXPORT Result nvrtcCreateProgram(
        Program** program, const char* source, const char*, int, const char* const*, const char* const*) {
    *program = new Program{source, "", ""};
    return SUCCESS;
}
EXPORT Result nvrtcDestroyProgram(Program** program) {
    delete *program;
    *program = nullptr;
    return SUCCESS;
}
EXPORT Result nvrtcCompileProgram(Program* program, int count, const char* const* options) {
    for (int i = 0; i < count; i++) {
        bool known = false;
        for (const char* option : OPTIONS) {
            known = known || !strcmp(option, options[i]);
        }
        if (!known) {
            program->log = "nvrtc: error: invalid value for " + std::string(options[i]);
            return INVALID_OPTION;
        }
    }
    char* log;
    char* ptx = emulator_compile(program->source.c_str(), &log);
    program->log = log;
    free(log);
    if (!ptx) {
        return COMPILATION;
    }
    program->ptx = ptx;
    free(ptx);
    return SUCCESS;
}
EXPORT Result nvrtcGetProgramLogSize(const Program* program, size_t* bytes) {
    *bytes = program->log.size() + 1;
    return SUCCESS;
}
EXPORT Result nvrtcGetProgramLog(const Program* program, char* log) {
    strcpy(log, program->log.c_str());
    return SUCCESS;
}
EXPORT Result nvrtcGetPTXSize(const Program* program, size_t* bytes) {
    *bytes = program->ptx.size() + 1;
    return SUCCESS;
}
EXPORT Result nvrtcGetPTX(const Program* program, char* ptx) {
    strcpy(ptx, program->ptx.c_str());
    return SUCCESS;
}
EXPORT const char* nvrtcGetErrorString(Result result) {
    return result == COMPILATION ? "NVRTC_ERROR_COMPILATION" : result == INVALID_OPTION ? "NVRTC_ERROR_INVALID_OPTION"
                                                                                        : "NVRTC_SUCCESS";
}
