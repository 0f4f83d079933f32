#include "lib/mail/content_kind.h"
