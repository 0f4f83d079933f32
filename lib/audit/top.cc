#include "lib/audit/top.h"

#include <algorithm>

namespace mailassay::audit {
namespace {

template <typename Value>
Top<Value> TopOf(SpillMap<Value>& map, size_t size) {
  Top<Value> top;
  auto& entries = top.entries;
  map.ForEach([&](std::string_view key, const Value& value) {
    ++top.all;
    if (size == 0) return;
    if (entries.size() == size) {
      if (entries.back().value.count >= value.count) return;
      entries.pop_back();
    }
    // Behind its equals: keys come in order.
    const auto at = std::upper_bound(
        entries.begin(), entries.end(), value.count,
        [](uint64_t count, const auto& e) { return count > e.value.count; });
    entries.insert(at, {std::string(key), value});
  });
  return top;
}

}  // namespace

Top<SenderTally> TopSenders(Ledger& ledger, size_t size) {
  return TopOf(ledger.senders(), size);
}

}  // namespace mailassay::audit
