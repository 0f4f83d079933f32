#include "lib/audit/tally.h"
