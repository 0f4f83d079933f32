#include "lib/audit/ledger.h"
