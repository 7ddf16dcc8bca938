#include "partials.h"
