// Units of an archive, and the one cause that may stand behind all the damage
// in one.
//
// A unit is what one tool has written in one go, as far as names tell: an mbox
// with all its messages, or the directory of messages in files of their own (a
// maildir is one, whatever the flags of its mail).  Units lie in directories
// and containers, and what fits all of these together is said of the largest
// part that it fits, so that an export of a hundred folders is one finding.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/tally.h"

namespace mailassay::audit {

// What became of a message between its signer and us.
enum class Damage : uint8_t {
  kBody,    // bh= is not the body's; the header is intact, or no key tells
  kHeader,  // this key signed another header, and this body
  kBoth,
  kField,  // the signature field is malformed, From is missing, or the message
           // was cut below l=
  kCount,
};
inline constexpr size_t kDamages = static_cast<size_t>(Damage::kCount);

// Of the best signature; nullopt: none, or it does not show.
std::optional<Damage> DamageOf(const MessageRow& row);

// The unit of a message, as the key of its UnitTally: parts joined by NUL, so
// that in byte order all that lies in a directory stands together.  At most 32
// deep: what lies deeper is one unit.
std::string UnitOf(const Input& input);
// A unit, or the part of the archive that holds units, for people.
std::string UnitName(std::string_view key);

// The messages of a unit, or of all units in a part of the archive.
struct UnitTally {
  // The first in byte order are kept, so that order of merging tells nothing.
  static constexpr size_t kMaxSigners = 64;
  struct Sum {
    uint64_t messages = 0;
    uint64_t by_lists = 0;  // of these, with List-Id
    uint64_t key_unknown = 0;
    std::vector<std::string> signers;  // organizational domains of d=, sorted
    FindingTally finding;
  };

  uint64_t intact = 0;     // nothing of it was changed
  uint64_t undecided = 0;  // the body is intact, and no key tells of the header
  std::array<Sum, kDamages> sums;

  void Add(const MessageRow& row);
  void Merge(const UnitTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;
};

// A cause that fits a whole unit, or part of the archive.
struct UnitCause {
  std::optional<Damage> damage;  // nullopt: of several kinds
  uint64_t messages = 0;         // damaged
  uint64_t of_messages = 0;      // that tell
  size_t signers = 0;            // as many, or more at UnitTally::kMaxSigners
  bool by_lists = false;         // nearly all came through a list
  uint64_t key_unknown = 0;  // of `messages`, those whose header no key tells
  uint64_t untold = 0;   // others, with an intact body, of which no key tells
  FindingTally finding;  // `messages`, with dates and example
  bool Covers(Damage other) const { return !damage || *damage == other; }
};

// nullopt: there is none.
//
// The rule: at least 5 damaged messages of at least 3 organizations, and at
// least 19 in 20 of all messages of the unit that tell, which have to be at
// least as many as those whose header no key tells.  Where every tenth
// message is changed on its own way here (archives without lists have fewer),
// five of five happen once in 100,000 units, and 19 of 20 hardly ever; and
// three organizations do not sign wrongly in the same way in one place and
// nowhere else.  Lists and gateways change all that passes them, too; so what
// is said is that there is most likely one cause, and that it is not the
// senders'.
std::optional<UnitCause> CauseOfAll(const UnitTally& tally);

}  // namespace mailassay::audit
