#include "lib/dkim/examiner.h"
