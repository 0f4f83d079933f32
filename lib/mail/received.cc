#include "lib/mail/received.h"
