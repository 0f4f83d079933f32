#include "lib/base/domain_name.h"
