// Which messages of an archive repeat an earlier one: the same message lies in
// several mailboxes, or has several labels.
//
// All messages are shown once to a finder; what it then knows is read part by
// part, in the same order.  Memory is bounded: what goes over the cap lies in a
// RunStorage (spill.h).  One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/facts.h"
#include "lib/audit/spill.h"

namespace mailassay::audit {

enum class DuplicateRule : uint8_t {
  kNone,
  // The same Message-ID, length and signatures (b=).  A message with neither a
  // Message-ID nor a signature repeats no other.  A copy that a mail program
  // has added a field to has another length, and is another message.
  kId,
  // The same octets, by SHA-256.  REQUIRES: MessageFacts::raw_sha256.
  kRaw,
  kCount,
};
std::string_view DuplicateRuleName(DuplicateRule rule);  // none, id, raw

// One message of a part that repeats another.
struct Duplicate {
  uint32_t message = 0;  // index in its part
  std::string original;  // Locate() of the first
};

// Reads what a finder found, once, in the order of the parts.
class Duplicates {
 public:
  // Of part `part`, in order.  REQUIRES: parts rise from call to call.
  std::vector<Duplicate> Take(uint64_t part);

 private:
  friend class DuplicateFinder;
  Duplicates(RunStorage* storage, const Run& run);
  void Read();

  RunReader reader_;
  bool more_ = false;
  uint64_t part_ = 0;  // of next_
  Duplicate next_;
};

class DuplicateFinder {
 public:
  // `storage` must outlive it and what it finds.
  DuplicateFinder(DuplicateRule rule, size_t cap_bytes, RunStorage* storage);

  // A part has less than 2^32 messages.
  void Add(uint64_t part, std::span<const MessageFacts> messages);
  // REQUIRES: nothing is added afterwards.
  Duplicates Finish();

 private:
  struct Place {
    uint64_t part = 0;
    uint32_t message = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  // Messages that are the same: the first, and where the others are.  A
  // commutative monoid.
  struct Same {
    Place first;
    std::string original;  // empty: no message yet
    std::vector<Place> others;

    void Merge(const Same& other);
    void Encode(std::string* out) const;
    bool Decode(std::string_view* in);
    size_t MemoryBytes() const {
      return original.capacity() + others.capacity() * sizeof(Place);
    }
  };
  // What a place repeats.
  struct Original {
    std::string text;

    void Merge(const Original& other) { text = other.text; }
    void Encode(std::string* out) const { *out = text; }
    bool Decode(std::string_view* in) {
      text = *in;
      return true;
    }
    size_t MemoryBytes() const { return text.capacity(); }
  };

  // What tells a message from all others; empty: nothing does.
  std::string KeyOf(const MessageFacts& facts) const;

  const DuplicateRule rule_;
  const size_t cap_bytes_;  // of each of two maps
  RunStorage* const storage_;
  SpillMap<Same> messages_;
};

}  // namespace mailassay::audit
