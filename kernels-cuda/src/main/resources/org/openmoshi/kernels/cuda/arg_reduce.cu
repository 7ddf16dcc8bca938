#include "arg_reduce.h"
