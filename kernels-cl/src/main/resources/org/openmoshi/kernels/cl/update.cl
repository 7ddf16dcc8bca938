#include "update.h"
