#include "dialect.h"

KERNEL void sum(GLOBAL T* y) {
    y[ITEM] = undeclared_name;
}
