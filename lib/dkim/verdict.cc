#include "lib/dkim/verdict.h"
