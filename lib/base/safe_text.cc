#include "lib/base/safe_text.h"
