#include "global_norm.h"
