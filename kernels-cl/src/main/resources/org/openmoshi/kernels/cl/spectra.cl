#include "spectra.h"
