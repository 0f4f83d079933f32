#include "lib/crypto/hash.h"
