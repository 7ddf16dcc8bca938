#include "dialect.h"

// What a kernel may find wrong; the host knows the same numbers.
#define FAULT_INDEX 1
#define FAULT_DIVISION 2
#define FAULT_POWER 3

// Notes what is wrong for the host to find. Items do not wait for one another: of several notes any one may stay, and of
// two at once a word of each.
FUNCTION void fault(GLOBAL i64* faults, i64 kind, i64 value, i64 bound) {
    faults[0] = kind;
    faults[1] = value;
    faults[2] = bound;
}
