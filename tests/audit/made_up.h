// Messages, keys and rows made up for tests, without a byte of mail.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/error_row.h"
#include "lib/audit/row.h"
#include "lib/audit/spill.h"

namespace mailassay::audit {

// Runs in memory.  Fails like a full disk after `room` octets.
class MemoryStorage : public RunStorage {
 public:
  explicit MemoryStorage(size_t room = SIZE_MAX) : room_(room) {}
  void Append(std::string_view bytes) override {
    bytes_ += bytes.substr(0, room_ - std::min(room_, bytes_.size()));
  }
  uint64_t size() const override { return bytes_.size(); }
  std::string Read(uint64_t offset, size_t size) override {
    longest_read_ = std::max(longest_read_, size);
    if (offset >= bytes_.size()) return {};
    return bytes_.substr(offset, size);
  }
  size_t longest_read() const { return longest_read_; }

 private:
  size_t room_;
  size_t longest_read_ = 0;
  std::string bytes_;
};

// A message from `domain` at `offset` of mail.mbox, received 2023-11-14.
MessageFacts MakeFacts(std::string_view domain, uint64_t offset = 0);

// Evidence that verifies with MakeAnswer of the same d and s.
dkim::Evidence MakeEvidence(std::string_view d, std::string_view s = "sel");
std::shared_ptr<dkim::KeyAnswer> MakeAnswer(std::string_view d,
                                            std::string_view s = "sel");
ErrorRow MakeError(ErrorCode code, std::string_view file,
                   std::string_view kind = "", std::string_view text = "");

// An answer without records.
std::shared_ptr<dkim::KeyAnswer> MakeAnswer(dkim::KeyStatus status);

// A row as Judge would make it for a best signature with this reason, without
// any mathematics; kOk: passes.  Aligned when `d` is the author domain.
// Without `d`: no signature.
MessageRow MakeRow(const MessageFacts& facts, dkim::Reason reason);

// `count` facts and rows of few senders and many kinds, from a seed.
struct MadeUp {
  std::vector<std::unique_ptr<MessageFacts>> facts;
  std::vector<MessageRow> rows;
};
MadeUp MakeMany(size_t count, uint32_t seed);

// The fields of the records of a CSV text, read strictly (RFC 4180); records
// end in CRLF.  A malformed text gives {{"MALFORMED"}}.
std::vector<std::vector<std::string>> ReadCsv(std::string_view text);

// Lines of a text; code points of the longest.
size_t CountLines(std::string_view text);
size_t LongestLine(std::string_view text);

// Neither a control octet but LF and CR, nor anything that is not UTF-8.
bool IsSafe(std::string_view text);

}  // namespace mailassay::audit
