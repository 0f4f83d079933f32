// A key record (RFC 6376 3.6.1): one TXT record, its strings joined without
// anything between them (3.6.2.2).  Immutable once parsed; may be shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/crypto/public_key.h"
#include "lib/dkim/reason.h"

namespace mailassay::dkim {

inline constexpr size_t kMaxKeyText = 4096;       // octets of p=
inline constexpr size_t kMaxTxtText = 16 * 1024;  // octets of a TXT record

struct KeyRecord {
  // kOk, or why this record cannot be used for any signature: kKeySyntax,
  // kKeyDupTag, kKeyVersion, kKeyService, kKeyType, kKeyB64, kKeyParse,
  // kKeyExponent, kKeyLength, kKeyTooBig, kLimitKeyTxt, kRevoked, kLimitKeyTag.
  Reason defect = Reason::kOk;
  FlagSet flags;  // kKeyVNotFirst, kTesting, kKeyLt2048
  crypto::KeyType type = crypto::KeyType::kRsa;
  std::shared_ptr<const crypto::PublicKey> key;  // null when defect says so
  bool allows_sha256 = true;                     // h=
  bool allows_sha1 = true;
  bool strict_auid = false;  // t=s
  std::string text;          // the record, verbatim
};

// An SPF or verification text under the name parses as a record that is not a
// DKIM key: kKeySyntax, also when it has no p=, or kKeyVersion.
KeyRecord ParseKeyRecord(std::string_view txt);

// The record that publishes the RSA key: "v=DKIM1; k=rsa; p=...".
std::string RecordOf(const crypto::PublicKey& rsa);

}  // namespace mailassay::dkim
