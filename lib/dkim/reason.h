// The closed vocabulary of verdicts.  Names are part of the output format:
// only ever added, never changed.  One table maps a Reason to its Result.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailassay::dkim {

// RFC 8601 2.7.1.
enum class Result : uint8_t {
  kNone,
  kPass,
  kFail,
  kPolicy,
  kNeutral,  // read in others' claims, never said by us
  kTempError,
  kPermError,
};

// The mathematics alone.
enum class Crypto : uint8_t { kNotRun, kPass, kFail };
// bh= against the body, which needs no key.
enum class BodyMatch : uint8_t { kNotRun, kMatch, kMismatch };

// clang-format off
//  X(enumerator, code, Result, sentence for people)
#define MAILASSAY_DKIM_REASONS(X)                                              \
  X(kOk, "ok", kPass, "the signature verifies")                                \
  /* The key is there and the mathematics says no. */                          \
  X(kBodyChanged, "body_changed", kFail,                                       \
    "the body is not the one that was signed")                                 \
  X(kHeaderChanged, "header_changed", kFail,                                   \
    "this key signed, but another header: a signed field was changed")         \
  X(kWrongKey, "wrong_key", kFail,                                             \
    "made with another key, or b= is damaged")                                 \
  X(kSignatureMismatch, "signature_mismatch", kFail,                           \
    "does not verify; Ed25519 cannot tell a changed header from another key")  \
  X(kBadSignature, "bad_signature", kFail,                                     \
    "the signed block is malformed in a way no honest signer makes")           \
  X(kSigLength, "sig_length", kFail,                                           \
    "the signature's length does not fit the key")                             \
  /* The mathematics holds and a rule says no. */                              \
  X(kWeakHash, "weak_hash", kPolicy,                                           \
    "signed with SHA-1, which RFC 8301 forbids")                               \
  X(kWeakKey, "weak_key", kPolicy,                                             \
    "the RSA key has less than 1024 bits (RFC 8301)")                          \
  X(kKeyDisclosed, "key_disclosed", kPolicy,                                   \
    "the private key has been published: anyone could have signed")            \
  X(kExpired, "expired", kPolicy, "x= had passed at the evaluation time")      \
  X(kFuture, "future", kPolicy, "t= is later than the evaluation time")          \
  X(kPartialBody, "partial_body", kPolicy,                                     \
    "l= leaves text at the end of the body unsigned")                          \
  /* A limit kept us from computing. */                                        \
  X(kKeyTooBig, "key_too_big", kPolicy, "the RSA key has more than 8192 bits") \
  X(kLimitHeaderBytes, "limit_header_bytes", kPolicy,                          \
    "the header section is over its size limit")                               \
  X(kLimitHeaders, "limit_headers", kPolicy, "too many header fields")         \
  X(kLimitMessage, "limit_message", kPolicy,                                   \
    "the message is over --max-message")                                       \
  X(kLimitSignatures, "limit_signatures", kPolicy,                             \
    "more signatures than are evaluated for one message")                      \
  X(kLimitSignature, "limit_signature", kPolicy,                               \
    "the signature field is over 64 KiB")                                      \
  X(kLimitSignedBytes, "limit_signed_bytes", kPolicy,                          \
    "the message's signatures cover more than 4 MiB of header")                \
  X(kLimitH, "limit_h", kPolicy, "h= names more than 1,000 fields")            \
  X(kLimitTag, "limit_tag", kPolicy,                                           \
    "more than 64 tags, or a tag name over 64 octets")                         \
  X(kLimitKeyTxt, "limit_key_txt", kPolicy,                                    \
    "the key record is over its size limit")                                   \
  X(kLimitCname, "limit_cname", kPolicy, "a chain of more than 8 CNAMEs")      \
  /* The signature field cannot be evaluated and never will. */                \
  X(kSigSyntax, "sig_syntax", kPermError,                                      \
    "the signature field is not a tag list")                                   \
  X(kSigDupTag, "sig_dup_tag", kPermError, "a tag stands twice")               \
  X(kSigVersion, "sig_version", kPermError, "v= is not 1")                     \
  X(kSigMissingTag, "sig_missing_tag", kPermError,                             \
    "a required tag is missing or empty")                                      \
  X(kSigAlgo, "sig_algo", kPermError, "a= is unknown")                         \
  X(kSigCanon, "sig_canon", kPermError, "c= is unknown")                       \
  X(kSigQuery, "sig_query", kPermError, "q= names no known method")            \
  X(kB64, "b64", kPermError, "a base64 value is malformed")                    \
  X(kBhLength, "bh_length", kPermError, "bh= has not the length of its hash")  \
  X(kNumber, "number", kPermError, "a number is malformed or too large")       \
  X(kFromNotSigned, "from_not_signed", kPermError, "h= does not name From")    \
  X(kNoFrom, "no_from", kPermError, "the message has no From field")           \
  X(kAuidDomain, "auid_domain", kPermError, "i= lies outside d=")              \
  X(kAuidStrict, "auid_strict", kPermError,                                    \
    "i= is a subdomain of d= and the key forbids that (t=s)")                  \
  X(kXBeforeT, "x_before_t", kPermError, "x= does not lie after t=")           \
  X(kLTooLong, "l_too_long", kPermError, "l= is longer than the body")         \
  X(kBadSelector, "bad_selector", kPermError, "s= is not a DNS name")          \
  X(kBadDomain, "bad_domain", kPermError, "d= is not a domain name")           \
  X(kNameLength, "name_length", kPermError, "the key's name is too long")      \
  /* The key. */                                                               \
  X(kNoKey, "no_key", kPermError, "no key is published under this name")       \
  X(kRevoked, "revoked", kPermError, "the key is revoked (empty p=)")          \
  X(kKeySyntax, "key_syntax", kPermError, "the key record is not a tag list")  \
  X(kKeyDupTag, "key_dup_tag", kPermError,                                     \
    "a tag stands twice in the key record")                                    \
  X(kKeyVersion, "key_version", kPermError, "the key record is not DKIM1")     \
  X(kKeyService, "key_service", kPermError, "the key is not for mail (s=)")    \
  X(kKeyHash, "key_hash", kPermError, "the key forbids this hash (h=)")        \
  X(kKeyType, "key_type", kPermError, "the key is of an unknown type")         \
  X(kKeyParse, "key_parse", kPermError, "p= does not hold a key")              \
  X(kKeyExponent, "key_exponent", kPermError,                                  \
    "the RSA exponent is even, 1 or too large")                                \
  X(kKeyLength, "key_length", kPermError, "the Ed25519 key is not usable")     \
  X(kKeyAlgoMismatch, "key_algo_mismatch", kPermError,                         \
    "the key is not of the type that a= names")                                \
  X(kCnameLoop, "cname_loop", kPermError, "the key's CNAMEs loop")             \
  X(kCryptoEnv, "crypto_env", kPermError,                                      \
    "this machine's cryptographic library failed")                             \
  /* Not known today. */                                                       \
  X(kKeyNotAsked, "key_not_asked", kTempError,                                 \
    "no key at hand, and nobody was asked")                                    \
  X(kDnsServfail, "dns_servfail", kTempError, "DNS: server failure")           \
  X(kDnsRefused, "dns_refused", kTempError, "DNS: the query was refused")      \
  X(kDnsTimeout, "dns_timeout", kTempError, "DNS: no answer in time")          \
  X(kDnsNetwork, "dns_network", kTempError, "DNS: the server can't be reached") \
  X(kDnsMalformed, "dns_malformed", kTempError, "DNS: the answer is malformed") \
  X(kDnssecBogus, "dnssec_bogus", kTempError, "DNS: DNSSEC says bogus")        \
  /* Stored audits hold numbers of reasons: new ones only at the end. */       \
  X(kLimitZone, "limit_zone", kPolicy,                                         \
    "the key was not asked for: too many names of one zone")
// clang-format on

enum class Reason : uint8_t {
#define X(enumerator, code, result, sentence) enumerator,
  MAILASSAY_DKIM_REASONS(X)
#undef X
      kCount
};

Result ResultOf(Reason reason);
std::string_view ReasonCode(Reason reason);      // "body_changed"
std::string_view ReasonSentence(Reason reason);  // no capital, no full stop
std::string_view ResultName(Result result);      // "pass", "permerror" ...
std::string_view CryptoName(Crypto crypto);      // "pass", "fail", "not_run"
std::string_view BodyMatchName(BodyMatch body);  // "match" ...

// Facts about a signature that change no verdict by themselves.
enum class Flag : uint8_t {
  kB64Noncanonical,  // non-zero pad bits in b= or bh=
  kLTag,             // l= present, and it covers the whole body
  kKeyVNotFirst,     // the record's v= is not its first tag
  kKeyLt2048,        // RSA 1024-2047 bits
  kTesting,          // the key says t=y
  kSeveralKeys,      // several usable records under the name
  kUnsignedFrom,     // a From field that this signature does not cover
  kUnsignedExtra,    // another field stands more often than h= covers, among
                     // Subject, To, Cc, Date, Reply-To, Content-Type, Sender
  kMixedEol,         // holds only with every LF read as CRLF
  kFromUnquoted,     // holds only with ">From " lines read as "From "
  kULabelDomain,     // d= or s= came as U-labels
  kUnknownQuery,     // q= holds unknown methods beside dns/txt
  kKeyRevokedSince,  // the domain has taken the key back since (empty p=)
  kTAhead,           // t= is later than the evaluation time
  kTimesDisagree,    // what tells the time of receipt is a day apart or more
  kCount,
};
std::string_view FlagName(Flag flag);

class FlagSet {
 public:
  void Add(Flag f) { bits_ |= uint32_t{1} << static_cast<int>(f); }
  void Add(FlagSet other) { bits_ |= other.bits_; }
  bool Has(Flag f) const { return bits_ >> static_cast<int>(f) & 1; }
  bool empty() const { return bits_ == 0; }
  uint32_t bits() const { return bits_; }
  static FlagSet FromBits(uint32_t bits) {
    FlagSet set;
    set.bits_ = bits;
    return set;
  }
  friend bool operator==(FlagSet, FlagSet) = default;

 private:
  uint32_t bits_ = 0;
};

}  // namespace mailassay::dkim
