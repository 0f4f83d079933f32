// What has to wait until the names it needs have answers, in archive order:
// batches as encoded facts, and between them the rows of batches that were
// concluded meanwhile, so that tables keep the archive's order.  Lies in a
// temporary file; memory is a few octets a batch.  One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/spill.h"
#include "lib/audit/tables.h"

namespace mailassay::run {

class Deferred {
 public:
  struct Segment {
    bool facts = false;  // else rows of `table`
    audit::Table table = audit::Table::kMessages;
    uint64_t count = 0;  // rows, or messages
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  explicit Deferred(audit::RunStorage* storage) : storage_(storage) {}

  void AddFacts(std::string_view encoded, uint64_t messages) {
    messages_ += messages;
    Add({.facts = true, .count = messages}, encoded);
  }
  void AddRows(audit::Table table, std::string_view rows, uint64_t count) {
    if (!rows.empty()) Add({.table = table, .count = count}, rows);
  }

  // Something was deferred: rows must queue up behind it.
  bool holds() const { return !segments_.empty(); }
  uint64_t messages() const { return messages_; }
  const std::vector<Segment>& segments() const { return segments_; }
  std::string Read(const Segment& segment) {
    return storage_->Read(segment.offset, segment.size);
  }

 private:
  void Add(Segment segment, std::string_view bytes) {
    segment.offset = storage_->size();
    segment.size = bytes.size();
    storage_->Append(bytes);
    segments_.push_back(segment);
  }

  audit::RunStorage* storage_;
  uint64_t messages_ = 0;
  std::vector<Segment> segments_;
};

}  // namespace mailassay::run
