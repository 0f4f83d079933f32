#include "lib/mail/mbox.h"
