#include "lib/mail/second_reader.h"
