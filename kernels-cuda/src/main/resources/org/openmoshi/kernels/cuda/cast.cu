#include "cast.h"
