#include "cumulative_sum.h"
