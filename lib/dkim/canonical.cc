#include "lib/dkim/canonical.h"
