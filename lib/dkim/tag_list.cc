#include "lib/dkim/tag_list.h"
