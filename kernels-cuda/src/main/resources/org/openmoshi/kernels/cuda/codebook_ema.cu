#include "codebook_ema.h"
