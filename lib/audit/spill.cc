#include "lib/audit/spill.h"
