#include "lib/dkim/reason.h"
