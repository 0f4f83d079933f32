#include "lib/audit/message_examiner.h"
