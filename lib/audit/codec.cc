#include "lib/audit/codec.h"
