// An operator new that counts, for the whole program it is linked into.
#pragma once

#include <cstddef>

namespace mailassay::audit {

// Calls of operator new so far; of one thread's program.
size_t Allocations();

}  // namespace mailassay::audit
