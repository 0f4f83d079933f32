// What a key finding says: its stable code, how bad it is, and the finding
// itself.  Codes are part of the output format (formats.md): only ever added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailassay::audit {

enum class Severity : uint8_t {
  kError,    // signatures fail because of it, or others can make them
  kWarning,  // some verifiers fail it, or soon will
  kInfo,     // as it should be, or long ago; good to know
  kCount,
};
std::string_view SeverityName(Severity severity);  // "error" ...

// clang-format off
//  X(enumerator, code, what is the case)
#define MAILASSAY_KEY_FAULTS(X)                                                \
  /* No record. */                                                             \
  X(kNoRecord, "no_record", "no record under the selector that signs")         \
  X(kRecordGone, "record_gone",                                                \
    "the record of a selector that is out of use is gone")                     \
  X(kSelectorMismatch, "selector_mismatch",                                    \
    "s= names no record, and the domain publishes other selectors")            \
  X(kOtherProvider, "other_provider_selector",                                 \
    "s= is another service's, unpublished on a domain of Microsoft 365")       \
  X(kSecondUnpublished, "second_signature_unpublished",                        \
    "no record, but another signature of these messages passes")               \
  X(kSignedBefore, "signed_before_published",                                  \
    "mail was signed before the record was first seen")                        \
  X(kRevoked, "revoked", "the record says that the key is revoked (empty p=)") \
  X(kNoAnswer, "no_answer", "the name servers give no usable answer")          \
  /* CNAMEs. */                                                                \
  X(kCnameMissing, "cname_missing",                                            \
    "the service publishes its keys behind a CNAME, and there is none")        \
  X(kCnameDangling, "cname_dangling", "the CNAME leads to no record")          \
  X(kCnameLoop, "cname_loop", "the CNAMEs loop, or are too many")              \
  X(kCnameTarget, "cname_wrong_target",                                        \
    "the CNAME leads elsewhere than the service publishes its keys")           \
  X(kCnameAndOther, "cname_and_records",                                       \
    "a CNAME and other records at one name: resolvers see one or the other")   \
  X(kTxtForCname, "txt_for_cname",                                             \
    "a copy of the key where the service wants a CNAME")                       \
  X(kWildcard, "wildcard", "any name below _domainkey is answered")            \
  /* The record's text. */                                                     \
  X(kTxtSplit, "txt_split", "one key cut into several TXT records")            \
  X(kTxtTruncated, "txt_truncated", "the key is cut short")                    \
  X(kTxtQuotes, "txt_quotes", "quotes or backslashes stand inside the text")   \
  X(kTxtBlanks, "txt_blanks", "blanks stand inside the text of the key")       \
  X(kSeveralRecords, "several_records", "several TXT records at one name")     \
  X(kBadTags, "bad_tags", "the tags are not those of a key record")            \
  X(kBadBase64, "bad_base64", "p= is not base64")                              \
  X(kBadKey, "bad_key", "p= holds no key that can be used")                    \
  /* The key. */                                                               \
  X(kKeyTooShort, "key_too_short", "an RSA key under 1024 bits")               \
  X(kKeyWeak, "key_weak", "an RSA key under 2048 bits")                        \
  X(kOddExponent, "odd_exponent", "an RSA exponent that is not 65537")         \
  X(kSharedFactor, "shared_factor",                                            \
    "the modulus shares a factor with another key")                            \
  X(kDisclosed, "key_disclosed", "the private key has been published")         \
  X(kKeyMismatch, "key_mismatch", "signed by another key than is published")   \
  /* How it signs. */                                                          \
  X(kSha1Only, "sha1_only", "signs with SHA-1 alone")                          \
  X(kEd25519Only, "ed25519_only", "Ed25519 without an RSA signature beside it") \
  X(kTesting, "testing", "t=y is left in production")                          \
  X(kDefaultSigning, "default_signing",                                        \
    "signed by the service's own domain alone")                                \
  /* The life of keys. */                                                      \
  X(kKeyReplaced, "key_replaced", "the key was replaced under one selector")   \
  X(kSelectorReused, "selector_reused",                                        \
    "several keys were used under one selector")                               \
  X(kRotation, "rotation", "signing went over to another selector")            \
  X(kParallelKeys, "parallel_keys", "several keys are in use side by side")    \
  X(kKeyOld, "key_old", "the key is in use for over a year")                   \
  X(kRetiredPublished, "retired_published",                                    \
    "no mail uses the key any more, and it is still published")                \
  X(kRemovedEarly, "removed_early",                                            \
    "the record went within days of its last use")                             \
  X(kSameKey, "same_key", "one key under several names")                       \
  X(kNotCompared, "not_compared", "too many keys: not all were compared")
// clang-format on

enum class KeyFault : uint8_t {
#define X(enumerator, code, what) enumerator,
  MAILASSAY_KEY_FAULTS(X)
#undef X
      kCount
};
std::string_view KeyFaultCode(KeyFault fault);  // "no_record" ...
std::string_view KeyFaultText(KeyFault fault);

// One row of key_findings.csv.
struct KeyFinding {
  KeyFault fault = KeyFault::kCount;
  Severity severity = Severity::kInfo;
  std::string domain;
  std::string selector;  // empty: of the domain as a whole
  std::string provider;  // empty: none shows
  uint64_t messages = 0;
  std::optional<int64_t> first_mail_at, last_mail_at;
  std::string detail;   // raw octets may stand in it: make it safe to show
  std::string witness;  // the end of detail: "(in keys.tsv)"; empty: DNS itself
  std::string fix;      // one or two sentences
  std::string example;  // FILE@OFFSET, raw octets; empty without mail
};

// The worse before the better: by severity, then by messages, then by name.
bool IsWorse(const KeyFinding& a, const KeyFinding& b);

}  // namespace mailassay::audit
