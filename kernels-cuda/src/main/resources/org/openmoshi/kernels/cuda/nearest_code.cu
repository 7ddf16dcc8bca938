#include "nearest_code.h"
