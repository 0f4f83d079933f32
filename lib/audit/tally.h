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

// `mine` becomes the earlier, or the later, of both; absent is neither.
void TakeFirst(std::optional<int64_t> other, std::optional<int64_t>* mine);
void TakeLast(std::optional<int64_t> other, std::optional<int64_t>* mine);

// The first message, in archive order, that shows something.
struct Example {
  uint64_t input = UINT64_MAX;  // Input::ordinal
  uint64_t offset = 0;
  std::string place;  // FILE@OFFSET, raw octets
  bool empty() const { return input == UINT64_MAX; }
  void Merge(const Example& other);      // keeps the earlier
  void Note(const MessageFacts& facts);  // as Merge; names the place if kept
  friend bool operator==(const Example&, const Example&) = default;
};

struct ReasonCount {
  uint64_t count = 0;
  Example example;
  friend bool operator==(const ReasonCount&, const ReasonCount&) = default;
};

// Counts by name, sorted by name.  Of more than kMaxNames names the first in
// byte order are kept, with exact counts: what is kept does not depend on the
// order of merging, and one sender can't fill the memory.
inline constexpr size_t kMaxNames = 256;
using NameCounts = std::vector<std::pair<std::string, uint64_t>>;

// Of the whole audit; small whatever the input.
struct Totals {
  uint64_t messages = 0;
  // Messages that repeat another; counted once, they are in no other sum.
  uint64_t duplicates = 0;
  uint64_t message_bytes = 0;
  uint64_t signatures = 0;
  uint64_t aligned_strict = 0;
  uint64_t carriers = 0;           // messages that carry others as parts,
  uint64_t attached_messages = 0;  // and how many these are
  uint64_t aligned_repaired = 0;   // verified and aligned, From repaired
  uint64_t via_list = 0;           // a list stands in From
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
  // Messages by the cause of their best signature's trouble.
  std::array<uint64_t, static_cast<size_t>(dkim::Cause::kCount)> causes{};
  // Messages without a signature by what else their headers tell.
  std::array<uint64_t, static_cast<size_t>(mail::Trace::kCount)>
      unsigned_traces{};
  uint64_t recovered = 0;  // signatures that fit a recovered key alone

  void Add(const MessageRow& row);
  void Merge(const Totals& other);
  friend bool operator==(const Totals&, const Totals&) = default;
};

// One row of senders.csv; the key is the author domain ("" for none).
struct SenderTally {
  std::string from_org;
  uint64_t count = 0;
  std::array<uint64_t, static_cast<size_t>(MessageClass::kCount)> classes{};
  uint64_t signed_count = 0;  // neither unsigned nor never sent
  uint64_t aligned_strict = 0;
  uint64_t aligned_repaired = 0;    // verified and aligned, From repaired
  uint64_t via_list = 0;            // a list stands in From
  uint64_t expired_at_receipt = 0;  // messages by best signature
  uint64_t weak_key = 0;  // messages by best signature: RSA under 2048 bits
  uint64_t sha1 = 0;      // messages with any signature rsa-sha1
  uint64_t l_tag = 0;     // messages with any signature with l=
  // Messages by reason (of the best signature, or the message's limit), sorted
  // by reason, without kOk.
  std::vector<std::pair<dkim::Reason, uint64_t>> reasons;
  // By month of receipt, in order: messages with a signature whose d= is
  // aligned, and without any though they were received.  What says no time is
  // of kNoMonth.
  struct Month {
    int32_t month = 0;  // since 1970-01
    uint64_t with = 0, without = 0;
    friend bool operator==(const Month&, const Month&) = default;
  };
  static constexpr int32_t kNoMonth = INT32_MAX;
  std::vector<Month> months;
  NameCounts dkim_domains;  // d= of passing signatures, messages
  NameCounts selectors;     // s= of the signatures with aligned d=, signatures
  bool more_dkim_domains = false;  // names over kMaxNames were left out
  bool more_selectors = false;
  std::optional<int64_t> first_seen, last_seen;  // received_at
  // The first message not verified and aligned; else the first.
  Example trouble, example;

  const Example& shown() const { return trouble.empty() ? example : trouble; }

  void Add(const MessageRow& row);
  void Merge(const SenderTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;  // of the heap, estimated
};

// Since when all mail of the sender is signed that was not before, "2021-12";
// empty: some may still come unsigned.  The rule: so much signed mail has come
// since the last month with unsigned mail that, had as large a share of it been
// unsigned as before, that would happen less often than once in a hundred
// times.
std::string SignedSince(const SenderTally& tally);

// Kinds of use of a key that key findings ask about.
enum class KeyUse : uint8_t {
  kNoKey,        // verdict no_key
  kWrongKey,     // verdict wrong_key or sig_length
  kSha1,         // a= names SHA-1
  kLoneEd25519,  // Ed25519, and no RSA signature of the same d= beside it
  kBesidePass,   // no_key, and another signature of the message passes
  kTesting,      // the record says t=y
  kUnaligned,    // passes, in a message that nothing else aligns
  kCount,
};

// The messages of one kind of use.
struct KeyUseTally {
  KeyUse use = KeyUse::kCount;
  uint64_t messages = 0;
  std::optional<int64_t> first_at = {}, last_at = {};  // received_at
  Example example = {};
  // kBesidePass: s._domainkey.d of the topmost signature of the example that
  // passes.
  std::string beside = {};

  void Merge(const KeyUseTally& other);
  friend bool operator==(const KeyUseTally&, const KeyUseTally&) = default;
};

// One row of keys.csv; the key of the map is d NUL s NUL key id (hex, "" for
// none), so the rows of a domain, and in it of a selector, are neighbours.
struct KeyTally {
  // Of the key's first example; of one message's signatures the least.
  std::string record;  // verbatim text of the record; "" without one
  std::string type;    // rsa, ed25519, ""
  uint32_t bits = 0;
  uint64_t exponent = 0;
  std::string status;  // live, given, earlier, revoked, bad_record, nxdomain,
                       // servfail ...
  std::string source;  // "dns", "import:FILE", "none"
  std::string cname_chain;                 // targets joined by " "
  std::string flags;                       // t=s and record flags, ";"-joined
  uint64_t count = 0, pass = 0, fail = 0;  // signatures; fail by mathematics
  uint64_t messages = 0;                   // with such a signature
  std::optional<int64_t> first_mail_at, last_mail_at, first_pass_at,
      last_pass_at;
  // What a passing signature covers: t=, else Date where h= names it.
  std::optional<int64_t> first_proved_at, last_proved_at;
  std::vector<KeyUseTally> uses;  // those that occur, in their order
  Example example;

  const KeyUseTally* Find(KeyUse use) const;  // null: does not occur
  uint64_t MessagesOf(KeyUse use) const;

  // Signature `index` of the row.  REQUIRES: it has an answer.
  void Add(const MessageRow& row, size_t index);
  void Merge(const KeyTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;
};

// The record that decided; else, of records that nobody used, the first with a
// key, or the first.  Null without records.
const dkim::KeyRecord* RecordOf(const SignatureRow& row);
// Where that record comes from; null without record.  REQUIRES: `record` is one
// of the answer's, or null.
const dkim::KeyOrigin* OriginOf(const dkim::KeyAnswer& answer,
                                const dkim::KeyRecord* record);
// Its source, without a record that of the answer; "none" if nobody says.
std::string_view SourceOf(const dkim::KeyAnswer& answer,
                          const dkim::KeyRecord* record);
std::string HexOf(const Digest& digest);
// The map's key of a signature's KeyTally, written to `out`.
void KeyTallyName(const MessageRow& row, size_t index, std::string* out);
// That key taken apart; views into it.
struct KeyTallyParts {
  std::string_view domain, selector, key_id;
};
KeyTallyParts PartsOfKeyTally(std::string_view key);

// A class of trouble of one subject, in messages; the key of the map is
// code NUL subject (findings.h).
struct FindingTally {
  uint64_t count = 0;
  Example example;
  std::optional<int64_t> first_at = {}, last_at = {};  // received_at

  void Add(const MessageFacts& facts);
  void Merge(const FindingTally& other);
  void Encode(std::string* out) const;
  bool Decode(std::string_view* in);
  size_t MemoryBytes() const;
};

}  // namespace mailassay::audit
