#include "lib/audit/csv.h"
