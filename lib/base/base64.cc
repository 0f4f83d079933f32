#include "lib/base/base64.h"
