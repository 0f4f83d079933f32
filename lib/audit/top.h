// The few entries of a ledger that a person is shown first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/audit/ledger.h"

namespace mailassay::audit {

template <typename Value>
struct Top {
  struct Entry {
    std::string key;
    Value value;
  };
  std::vector<Entry> entries;  // by count, the greatest first; then by key
  uint64_t all = 0;            // keys in the map
};

// The `size` entries with the greatest counts, in memory for `size` entries.
Top<SenderTally> TopSenders(Ledger& ledger, size_t size);

}  // namespace mailassay::audit
