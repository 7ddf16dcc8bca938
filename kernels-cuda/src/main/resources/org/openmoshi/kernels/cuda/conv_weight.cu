#include "conv_weight.h"
