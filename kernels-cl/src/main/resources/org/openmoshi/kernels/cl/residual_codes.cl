#include "residual_codes.h"
