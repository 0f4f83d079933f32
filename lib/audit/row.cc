#include "lib/audit/row.h"
