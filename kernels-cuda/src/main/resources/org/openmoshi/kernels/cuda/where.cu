#include "where.h"
