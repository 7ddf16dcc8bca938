#include "weight_norm.h"
