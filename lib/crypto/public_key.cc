#include "lib/crypto/public_key.h"
