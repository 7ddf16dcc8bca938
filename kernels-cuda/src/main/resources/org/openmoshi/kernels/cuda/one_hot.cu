#include "one_hot.h"
