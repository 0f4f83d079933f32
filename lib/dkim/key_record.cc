#include "lib/dkim/key_record.h"
