#include "lib/dkim/key_answer.h"
