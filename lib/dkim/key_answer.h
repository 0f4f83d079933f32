// What is known about the keys of one name, "s._domainkey.d": the answer of a
// key file or of DNS, and what else is known from earlier.  Immutable; shared
// by all threads through shared_ptr<const KeyAnswer>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dkim/key_record.h"
#include "lib/dkim/reason.h"

namespace mailassay::dkim {

inline constexpr size_t kMaxRecords = 32;  // TXT records of one name
inline constexpr size_t kMaxCnames = 8;    // links of one CNAME chain

enum class KeyStatus : uint8_t {
  kFound,     // at least one TXT record, usable or not
  kNxDomain,  // the name does not exist
  kNoData,    // the name exists, without TXT
  kNotAsked,  // offline, or no source may be asked
  kServfail,
  kRefused,
  kTimeout,
  kNetwork,
  kMalformed,
  kBogus,  // DNSSEC
  kCnameLoop,
  kCnameLimit,
  kTxtLimit,   // more than kMaxRecords records
  kZoneLimit,  // nobody was asked: too many names of one zone
};
std::string_view KeyStatusName(KeyStatus status);  // "nxdomain" ...
std::optional<KeyStatus> KeyStatusFromName(std::string_view name);
// Servfail, refused, timeout, network, malformed, bogus: worth asking again.
bool IsTemporary(KeyStatus status);

enum class Dnssec : uint8_t { kUnknown, kInsecure, kSecure, kBogus };
std::string_view DnssecName(Dnssec dnssec);  // "unknown" ...
std::optional<Dnssec> DnssecFromName(std::string_view name);

inline constexpr std::string_view kFromDns = "dns";
inline constexpr std::string_view kFromHistory = "history";  // of no record
inline constexpr std::string_view kFromFile = "import:";     // and its name
// A message that passes with it shows that the key was in use then; says
// nothing of who published it.
inline constexpr std::string_view kMessageProved = "message_proved";
// Computed from signatures (lib/crypto/key_recovery.h): shows who shares a
// signer, and no more.
inline constexpr std::string_view kRecovered = "recovered";

// Where one record is known from.
struct KeyOrigin {
  std::string source;
  int64_t first_seen = 0;  // by the source; Unix seconds, 0: unknown
  int64_t last_seen = 0;
  uint32_t recovered_from = 0;  // signatures that a recovered key made
  bool disclosed = false;       // its private key has been published
  bool earlier = false;  // not in the answer at hand: from a key history,
                         // or recovered

  friend bool operator==(const KeyOrigin&, const KeyOrigin&) = default;
};

// Does the source say that the domain published the record?
bool IsPublished(const KeyOrigin& origin);
// Adds what another source says of the same record.  A source that saw it
// published goes before one that did not, else the first stands; times are
// joined of sources that both saw it published, or of the same source.
void Join(const KeyOrigin& from, KeyOrigin& into);

struct KeyAnswer {
  std::string name;  // lower case, without trailing dot
  // What was answered.  Where records are known from earlier, it may be any,
  // and says nothing of them.
  KeyStatus status = KeyStatus::kNotAsked;
  std::vector<KeyRecord> records;
  std::vector<KeyOrigin> origins;        // of each record; same size
  std::vector<std::string> cname_chain;  // targets, in order
  uint32_t ttl = 0;                      // seconds; 0: unknown
  Dnssec dnssec = Dnssec::kUnknown;
  std::string source;       // of the answer as a whole
  int64_t answered_at = 0;  // Unix seconds; 0: unknown
};

}  // namespace mailassay::dkim
