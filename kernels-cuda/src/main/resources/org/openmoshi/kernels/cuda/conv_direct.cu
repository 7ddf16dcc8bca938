#include "conv_direct.h"
