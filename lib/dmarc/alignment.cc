#include "lib/dmarc/alignment.h"
