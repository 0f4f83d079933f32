#include "pipeline/keys/key_file.h"
