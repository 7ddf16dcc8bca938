#include "uses.h"
