#include "lib/mail/date.h"
