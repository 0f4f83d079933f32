#include "lib/mail/header.h"
