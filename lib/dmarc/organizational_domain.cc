#include "lib/dmarc/organizational_domain.h"
