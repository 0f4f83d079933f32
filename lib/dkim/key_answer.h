// What is known about the keys of one name, "s._domainkey.d": the answer of a
// key file or of DNS.  Immutable; shared by all threads through
// shared_ptr<const KeyAnswer>.
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
  kTxtLimit,  // more than kMaxRecords records
};
std::string_view KeyStatusName(KeyStatus status);  // "nxdomain" ...
std::optional<KeyStatus> KeyStatusFromName(std::string_view name);
// Servfail, refused, timeout, network, malformed, bogus: worth asking again.
bool IsTemporary(KeyStatus status);

enum class Dnssec : uint8_t { kUnknown, kInsecure, kSecure, kBogus };

struct KeyAnswer {
  std::string name;  // lower case, without trailing dot
  KeyStatus status = KeyStatus::kNotAsked;
  std::vector<KeyRecord> records;
  std::vector<std::string> record_sources;  // of each record: "dns",
                                            // "import:FILE"; same size
  std::vector<std::string> cname_chain;     // targets, in order
  uint32_t ttl = 0;                         // seconds; 0: unknown
  Dnssec dnssec = Dnssec::kUnknown;
  std::string source;       // of the answer as a whole
  int64_t answered_at = 0;  // Unix seconds; 0: unknown
};

}  // namespace mailassay::dkim
