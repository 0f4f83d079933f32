// The sums of an audit.  A commutative monoid: tallies of parts, merged in any
// order, are the tally of the whole, to the byte.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/row.h"

namespace mailassay::audit {

// The first message, in archive order, that shows something.
struct Example {
  uint64_t input = UINT64_MAX;  // Input::ordinal
  uint64_t offset = 0;
  std::string place;  // FILE@OFFSET, raw octets
  bool empty() const { return input == UINT64_MAX; }
  void Merge(const Example& other);  // keeps the earlier
};

struct ReasonCount {
  uint64_t count = 0;
  Example example;
};

// Of the whole audit; small whatever the input.
struct Totals {
  uint64_t messages = 0;
  uint64_t message_bytes = 0;
  uint64_t signatures = 0;
  uint64_t aligned_strict = 0;
  std::array<uint64_t, static_cast<size_t>(MessageClass::kCount)> classes{};
  // By class and reason of the best signature.
  std::map<std::pair<MessageClass, dkim::Reason>, ReasonCount> reasons;
  // Every signature, by reason.
  std::array<uint64_t, static_cast<size_t>(dkim::Reason::kCount)>
      signature_reasons{};
  // Passing signatures and messages that needed a second reading, weak keys,
  // l= and the like: messages by flag of any passing signature.
  std::array<uint64_t, static_cast<size_t>(dkim::Flag::kCount)> flags{};
  std::array<uint64_t, static_cast<size_t>(mail::Anomaly::kCount)> anomalies{};

  void Add(const MessageRow& row);
  void Merge(const Totals& other);
  friend bool operator==(const Totals&, const Totals&);
};

// One row of senders.csv; the key is the author domain ("" for none).
struct SenderTally {
  std::string from_org;
  uint64_t count = 0;
  std::array<uint64_t, static_cast<size_t>(MessageClass::kCount)> classes{};
  uint64_t signed_count = 0;
  uint64_t aligned_strict = 0;
  uint64_t weak_key = 0;   // messages by best signature: RSA under 2048 bits
  uint64_t sha1 = 0;       // any signature rsa-sha1
  uint64_t l_tag = 0;      // any signature with l=
  std::vector<std::pair<dkim::Reason, uint64_t>> reasons;  // of the best
                           // signature, sorted by reason, not of kOk
  std::vector<std::pair<std::string, uint64_t>> dkim_domains;  // of passing
                           // signatures, messages, sorted by name
  std::vector<std::pair<std::string, uint64_t>> selectors;  // s= of all
                           // signatures with aligned d=, sorted by name
  std::optional<int64_t> first_seen, last_seen;  // received_at
  Example example;         // of the most frequent reason's kind: the first
                           // message of the sender not verified and aligned

  void Add(const MessageRow& row);
  void Merge(const SenderTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;  // estimate, heap included
};

// One row of keys.csv; the key of the map is d NUL s NUL key id (hex, "" for
// none).
struct KeyTally {
  std::string record;        // verbatim text of the record; "" without one
  std::string type;          // rsa, ed25519, ""
  uint32_t bits = 0;
  uint64_t exponent = 0;
  std::string status;        // live, revoked, nxdomain, nodata, servfail ...
  std::string source;        // "dns", "import:FILE", "none"
  std::string cname_chain;   // targets joined by " "
  std::string flags;         // t= flags and record flags, ";"-joined
  uint64_t count = 0, pass = 0, fail = 0;  // signatures; fail by mathematics
  std::optional<int64_t> first_mail_at, last_mail_at, first_pass_at,
      last_pass_at;
  Example example;

  void Merge(const KeyTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;
};

// A class of trouble of one subject, in messages; the key of the map is
// code NUL subject.
struct FindingTally {
  uint64_t count = 0;
  Example example;
  void Merge(const FindingTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;
};

}  // namespace mailassay::audit
