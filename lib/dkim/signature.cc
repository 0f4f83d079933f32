#include "lib/dkim/signature.h"
