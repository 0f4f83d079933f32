#include "pipeline/keys/key_store.h"
