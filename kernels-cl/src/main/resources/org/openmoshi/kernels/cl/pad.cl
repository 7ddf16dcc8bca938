#include "pad.h"
