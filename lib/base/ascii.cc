#include "lib/base/ascii.h"
