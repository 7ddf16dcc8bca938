#include "functions.h"

// Kernels over a list of tensors take up to TENSORS of them in one launch, as parameters whose names end in a number, and
// a size of 0 for those that are not there. Neither dialect allows device memory that holds pointers, and OpenCL
// guarantees 1024 bytes of parameters.
#define TENSORS 8

#define FOR_TENSORS(parameters)                                                                            \
    parameters(0), parameters(1), parameters(2), parameters(3), parameters(4), parameters(5),              \
            parameters(6), parameters(7)

// name0 to name7, chosen by a number that is the same for all items of a group.
#define TENSOR(name, number)                                                                               \
    ((number) == 0 ? name##0 : (number) == 1 ? name##1 : (number) == 2 ? name##2 : (number) == 3 ? name##3 \
            : (number) == 4 ? name##4 : (number) == 5 ? name##5 : (number) == 6 ? name##6 : name##7)
