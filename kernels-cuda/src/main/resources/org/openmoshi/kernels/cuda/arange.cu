#include "arange.h"
