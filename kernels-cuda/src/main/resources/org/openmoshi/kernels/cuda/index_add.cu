#include "index_add.h"
