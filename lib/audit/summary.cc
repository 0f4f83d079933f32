#include "lib/audit/summary.h"
