#include "conv_weight_direct.h"
