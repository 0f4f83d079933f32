// A map from string to a mergeable value that keeps to a byte cap: over it, the
// content goes out as one sorted run and the map starts empty again; reading it
// back merges the runs in key order.  What is read does not depend on when it
// spilled.
//
// Where runs lie is the caller's: lib opens no files.  One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace mailassay::audit {

// Append-only storage with random reads; the pipeline gives one over an
// unlinked temporary file.  The first failure is kept by the implementation
// and reported by its owner.
class RunStorage {
 public:
  virtual ~RunStorage() = default;
  virtual void Append(std::string_view bytes) = 0;
  virtual uint64_t size() const = 0;
  // Up to `size` octets at `offset`; shorter only at the end or on an error.
  virtual std::string Read(uint64_t offset, size_t size) = 0;
};

// Value: Merge(const Value&), Encode(std::string*), Decode(std::string_view*),
// MemoryBytes().
template <typename Value>
class SpillMap {
 public:
  SpillMap(size_t cap_bytes, RunStorage* storage);

  void Merge(std::string_view key, const Value& value);

  // Every key once, in byte order, with its merged value.  May be called
  // several times; nothing may be added after the first.
  void ForEach(
      const std::function<void(std::string_view, const Value&)>& visit);

 private:
  size_t cap_bytes_;
  RunStorage* storage_;
  size_t bytes_ = 0;
  absl::flat_hash_map<std::string, Value> map_;
  std::vector<std::pair<uint64_t, uint64_t>> runs_;  // offset, size
};

}  // namespace mailassay::audit
