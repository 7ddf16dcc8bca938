#include "attention_grad.h"
