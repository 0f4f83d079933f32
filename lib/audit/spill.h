// A map from string to a mergeable value that keeps to a byte cap: over it, the
// content goes out as one sorted run and the map starts empty again; reading it
// back merges the runs in key order.  What is read does not depend on when it
// spilled.
//
// Runs are kept in levels: sixteen of one level are merged into one of the
// next, so that reading back opens few runs, whatever the cap, and each value
// is written a logarithmic number of times.
//
// Where runs lie is the caller's: lib opens no files.  One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

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

// One sorted run: where it lies and how often its values were merged.
struct Run {
  uint64_t offset = 0;
  uint64_t size = 0;
  int level = 0;
};

// Writes one run at the end of the storage, in pieces.  REQUIRES: keys in
// byte order, and nobody else appends before Finish.
class RunWriter {
 public:
  explicit RunWriter(RunStorage* storage);
  void Add(std::string_view key, std::string_view value);
  Run Finish(int level);

 private:
  RunStorage* storage_;
  uint64_t begin_;
  std::string buffer_;
};

// Reads one run back, in pieces.
class RunReader {
 public:
  RunReader(RunStorage* storage, const Run& run);
  // False at the end, or where the storage failed or is damaged.
  bool Next();
  // Both valid until the next Next.
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  bool Parse();
  bool Fill(size_t more);

  RunStorage* storage_;
  uint64_t next_, end_;  // what was not read yet
  std::string buffer_;
  size_t used_ = 0;  // octets of buffer_ behind us
  std::string_view key_, value_;
};

// Value: Merge(const Value&), Encode(std::string*), Decode(std::string_view*),
// MemoryBytes().
template <typename Value>
class SpillMap {
 public:
  SpillMap(size_t cap_bytes, RunStorage* storage)
      : cap_bytes_(cap_bytes), storage_(storage) {}

  void Merge(std::string_view key, const Value& value) {
    // Abseil's string_view here is not the standard one.
    const auto [entry, added] =
        map_.try_emplace(absl::string_view(key.data(), key.size()));
    if (added) {
      bytes_ += kSlotBytes + entry->first.capacity();
    } else {
      bytes_ -= entry->second.MemoryBytes();
    }
    entry->second.Merge(value);
    bytes_ += entry->second.MemoryBytes();
    if (bytes_ > cap_bytes_) Spill();
  }

  // Every key once, in byte order, with its merged value.  May be called
  // several times; nothing may be added after the first.
  void ForEach(
      const std::function<void(std::string_view, const Value&)>& visit) {
    if (runs_.empty()) {
      for (const auto* entry : Sorted()) visit(entry->first, entry->second);
      return;
    }
    Spill();
    MergeRuns(runs_, visit);
  }

 private:
  static constexpr size_t kFanIn = 16;
  // flat_hash_map keeps slots in one array, at least 7/16 full after it grew,
  // and holds the old array too while it grows: three slots an entry.
  static constexpr size_t kSlotBytes =
      3 * (sizeof(std::pair<const std::string, Value>) + 1);
  using Map = absl::flat_hash_map<std::string, Value>;

  std::vector<const typename Map::value_type*> Sorted() const {
    std::vector<const typename Map::value_type*> entries;
    entries.reserve(map_.size());
    for (const auto& entry : map_) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    return entries;
  }

  void Spill() {
    if (map_.empty()) return;
    RunWriter writer(storage_);
    std::string encoded;
    for (const auto* entry : Sorted()) {
      encoded.clear();
      entry->second.Encode(&encoded);
      writer.Add(entry->first, encoded);
    }
    runs_.push_back(writer.Finish(0));
    map_ = Map();
    bytes_ = 0;
    while (Compact()) continue;
  }

  // Merges the last runs when there are kFanIn of one level.  Levels never
  // rise towards the end, so equal levels stand together.
  bool Compact() {
    if (runs_.size() < kFanIn) return false;
    const std::vector<Run> last(runs_.end() - kFanIn, runs_.end());
    const int level = last.back().level;
    if (last.front().level != level) return false;
    RunWriter writer(storage_);
    std::string encoded;
    MergeRuns(last, [&](std::string_view key, const Value& value) {
      encoded.clear();
      value.Encode(&encoded);
      writer.Add(key, encoded);
    });
    runs_.resize(runs_.size() - kFanIn);
    runs_.push_back(writer.Finish(level + 1));
    return true;
  }

  template <typename Visit>
  void MergeRuns(const std::vector<Run>& runs, const Visit& visit) {
    std::vector<RunReader> readers;
    readers.reserve(runs.size());
    std::vector<RunReader*> heap;
    for (const Run& run : runs) {
      readers.emplace_back(storage_, run);
      if (readers.back().Next()) heap.push_back(&readers.back());
    }
    const auto later = [](const RunReader* a, const RunReader* b) {
      return a->key() > b->key();
    };
    std::make_heap(heap.begin(), heap.end(), later);
    std::string key;
    while (!heap.empty()) {
      key = heap.front()->key();
      Value merged;
      while (!heap.empty() && heap.front()->key() == key) {
        std::pop_heap(heap.begin(), heap.end(), later);
        RunReader* reader = heap.back();
        std::string_view bytes = reader->value();
        Value value;
        if (value.Decode(&bytes)) merged.Merge(value);
        if (reader->Next()) {
          std::push_heap(heap.begin(), heap.end(), later);
        } else {
          heap.pop_back();
        }
      }
      visit(key, merged);
    }
  }

  size_t cap_bytes_;
  RunStorage* storage_;
  size_t bytes_ = 0;
  Map map_;
  std::vector<Run> runs_;
};

}  // namespace mailassay::audit
