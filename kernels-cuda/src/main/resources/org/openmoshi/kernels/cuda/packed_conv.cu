#include "packed_conv.h"
