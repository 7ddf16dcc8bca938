#include "fill.h"
