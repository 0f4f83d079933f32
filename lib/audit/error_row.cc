#include "lib/audit/error_row.h"
