#include "lib/mail/address.h"
