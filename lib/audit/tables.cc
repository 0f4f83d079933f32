#include "lib/audit/tables.h"
