#include "cross_entropy.h"
