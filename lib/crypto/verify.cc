#include "lib/crypto/verify.h"
