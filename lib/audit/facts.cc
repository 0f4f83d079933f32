#include "lib/audit/facts.h"
