// The closed vocabulary of verdicts.  Names are part of the output format:
// only ever added, never changed.  One table maps a Reason to its Result and
// its Cause.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailassay::dkim {

// RFC 8601 2.7.1, as an audit has to read it years later.
//
// "fail" is kept for what the signer's own key proves: it made this signature,
// and not for this message.  A signature that the key at hand does not fit
// (wrong_key, signature_mismatch, sig_length) is "neutral", which the RFC has
// for what could not be processed and is not covered elsewhere: keys are
// replaced under one selector, so the key that could tell is not at hand.
// "permerror" would promise that a later attempt ends alike, and it need not,
// when somebody finds the key of then; "temperror" that waiting helps.
enum class Result : uint8_t {
  kNone,
  kPass,
  kFail,
  kPolicy,
  kNeutral,
  kTempError,
  kPermError,
};

// The mathematics alone.
enum class Crypto : uint8_t { kNotRun, kPass, kFail };
// bh= against the body, which needs no key.
enum class BodyMatch : uint8_t { kNotRun, kMatch, kMismatch };

// Whose doing a reason is, as far as it shows by itself.  No reason is kArchive
// by itself: what only storing does to mail shows in the message (NUL octets, a
// header that breaks off) and in the whole input (lib/audit/cause.h).
enum class Cause : uint8_t {
  kNone,     // nothing is wrong
  kArchive,  // damaged where it was stored or exported
  kTransit,  // changed after signing: on the way, or where it was stored
  kSigner,   // made so by whoever signed, who need not be the owner of d=
  kUnknown,  // any of these
  kCount,
};

// clang-format off
//  X(enumerator, code, Result, Cause, sentence for people)
#define MAILASSAY_DKIM_REASONS(X)                                              \
  X(kOk, "ok", kPass, kNone,                                                   \
    "the signature verifies")                                                  \
  /* The key is there and the mathematics says no. */                          \
  X(kBodyChanged, "body_changed", kFail, kTransit,                             \
    "the body is not the one that was signed")                                 \
  X(kHeaderChanged, "header_changed", kFail, kTransit,                         \
    "this key signed, but another header: a signed field was changed")         \
  X(kWrongKey, "wrong_key", kNeutral, kUnknown,                                \
    "made with another key, or b= is damaged")                                 \
  X(kSignatureMismatch, "signature_mismatch", kNeutral, kUnknown,              \
    "does not verify; Ed25519 cannot tell a changed header from another key")  \
  X(kBadSignature, "bad_signature", kFail, kSigner,                            \
    "the signed block is malformed in a way no honest signer makes")           \
  X(kSigLength, "sig_length", kNeutral, kUnknown,                              \
    "the signature's length does not fit the key")                             \
  /* The mathematics holds and a rule says no. */                              \
  X(kWeakHash, "weak_hash", kPolicy, kSigner,                                  \
    "signed with SHA-1, which RFC 8301 forbids")                               \
  X(kWeakKey, "weak_key", kPolicy, kSigner,                                    \
    "the RSA key is shorter than is asked for (1024 bits, or --min-rsa-bits)") \
  X(kKeyDisclosed, "key_disclosed", kPolicy, kUnknown,                         \
    "the private key has been published: anyone could have signed")            \
  X(kExpired, "expired", kPolicy, kUnknown,                                    \
    "x= had passed at the evaluation time")                                    \
  X(kFuture, "future", kPolicy, kUnknown,                                      \
    "t= is later than the evaluation time")                                    \
  X(kPartialBody, "partial_body", kPolicy, kUnknown,                           \
    "l= leaves text at the end of the body unsigned")                          \
  /* A limit kept us from computing. */                                        \
  X(kKeyTooBig, "key_too_big", kPolicy, kUnknown,                              \
    "the RSA key has more than 8192 bits")                                     \
  X(kLimitHeaderBytes, "limit_header_bytes", kPolicy, kUnknown,                \
    "the header section is over its size limit")                               \
  X(kLimitHeaders, "limit_headers", kPolicy, kUnknown,                         \
    "too many header fields")                                                  \
  X(kLimitMessage, "limit_message", kPolicy, kUnknown,                         \
    "the message is over --max-message")                                       \
  X(kLimitSignatures, "limit_signatures", kPolicy, kUnknown,                   \
    "more signatures than are evaluated for one message")                      \
  X(kLimitSignature, "limit_signature", kPolicy, kUnknown,                     \
    "the signature field is over 64 KiB")                                      \
  X(kLimitSignedBytes, "limit_signed_bytes", kPolicy, kUnknown,                \
    "the message's signatures cover more than 4 MiB of header")                \
  X(kLimitH, "limit_h", kPolicy, kUnknown,                                     \
    "h= names more than 1,000 fields")                                         \
  X(kLimitTag, "limit_tag", kPolicy, kUnknown,                                 \
    "the signature has more than 64 tags, or a tag name over 64 octets")        \
  X(kLimitKeyTxt, "limit_key_txt", kPolicy, kUnknown,                          \
    "the key record is over its size limit")                                   \
  X(kLimitCname, "limit_cname", kPolicy, kUnknown,                             \
    "a chain of more than 8 CNAMEs")                                           \
  /* The signature field cannot be evaluated and never will. */                \
  X(kSigSyntax, "sig_syntax", kPermError, kUnknown,                            \
    "the signature field is not a tag list")                                   \
  X(kSigDupTag, "sig_dup_tag", kPermError, kUnknown,                           \
    "a tag stands twice")                                                      \
  X(kSigVersion, "sig_version", kPermError, kUnknown,                          \
    "v= is missing or not 1")                                                  \
  X(kSigMissingTag, "sig_missing_tag", kPermError, kUnknown,                   \
    "a required tag but v= is missing or empty")                                \
  X(kSigAlgo, "sig_algo", kPermError, kUnknown,                                \
    "a= is unknown")                                                           \
  X(kSigCanon, "sig_canon", kPermError, kUnknown,                              \
    "c= is unknown")                                                           \
  X(kSigQuery, "sig_query", kPermError, kUnknown,                              \
    "q= names no known method")                                                \
  X(kB64, "b64", kPermError, kUnknown,                                         \
    "b= or bh= of the signature is no base64")                                  \
  X(kBhLength, "bh_length", kPermError, kUnknown,                              \
    "bh= has not the length of its hash")                                      \
  X(kNumber, "number", kPermError, kUnknown,                                   \
    "a number is malformed or too large")                                      \
  X(kFromNotSigned, "from_not_signed", kPermError, kSigner,                    \
    "h= does not name From")                                                   \
  X(kNoFrom, "no_from", kPermError, kUnknown,                                  \
    "the message has no From field")                                           \
  X(kAuidDomain, "auid_domain", kPermError, kUnknown,                          \
    "i= lies outside d=")                                                      \
  X(kAuidStrict, "auid_strict", kPermError, kUnknown,                          \
    "i= is in a subdomain of d=, which the key record forbids (t=s)")          \
  X(kXBeforeT, "x_before_t", kPermError, kSigner,                              \
    "x= does not lie after t=")                                                \
  X(kLTooLong, "l_too_long", kPermError, kTransit,                             \
    "the body is shorter than what l= says was signed: cut after signing")     \
  X(kBadSelector, "bad_selector", kPermError, kUnknown,                        \
    "s= is not a DNS name")                                                    \
  X(kBadDomain, "bad_domain", kPermError, kUnknown,                            \
    "d= is not a domain name")                                                 \
  X(kNameLength, "name_length", kPermError, kUnknown,                          \
    "the key's name is too long")                                              \
  /* The key. */                                                               \
  X(kNoKey, "no_key", kPermError, kUnknown,                                    \
    "the answer at hand has no key under this name")                           \
  X(kRevoked, "revoked", kPermError, kUnknown,                                 \
    "the answer at hand is a revoked key (empty p=)")                          \
  X(kKeySyntax, "key_syntax", kPermError, kUnknown,                            \
    "the key record is not a tag list")                                        \
  X(kKeyDupTag, "key_dup_tag", kPermError, kUnknown,                           \
    "a tag stands twice in the key record")                                    \
  X(kKeyVersion, "key_version", kPermError, kUnknown,                          \
    "the key record is not DKIM1")                                             \
  X(kKeyService, "key_service", kPermError, kUnknown,                          \
    "the key is not for mail (s=)")                                            \
  X(kKeyHash, "key_hash", kPermError, kUnknown,                                \
    "the key forbids this hash (h=)")                                          \
  X(kKeyType, "key_type", kPermError, kUnknown,                                \
    "the key is of an unknown type")                                           \
  X(kKeyParse, "key_parse", kPermError, kUnknown,                              \
    "p= does not hold a key")                                                  \
  X(kKeyExponent, "key_exponent", kPermError, kUnknown,                        \
    "the RSA exponent is even, 1 or too large")                                \
  X(kKeyLength, "key_length", kPermError, kUnknown,                            \
    "the Ed25519 key is not usable")                                           \
  X(kKeyAlgoMismatch, "key_algo_mismatch", kPermError, kUnknown,               \
    "the key is not of the type that a= names")                                \
  X(kCnameLoop, "cname_loop", kPermError, kUnknown,                            \
    "the key's CNAMEs loop")                                                   \
  X(kCryptoEnv, "crypto_env", kPermError, kUnknown,                            \
    "this machine's cryptographic library failed")                             \
  /* Not known today. */                                                       \
  X(kKeyNotAsked, "key_not_asked", kTempError, kUnknown,                       \
    "no key at hand, and nobody was asked")                                    \
  X(kDnsServfail, "dns_servfail", kTempError, kUnknown,                        \
    "DNS: server failure")                                                     \
  X(kDnsRefused, "dns_refused", kTempError, kUnknown,                          \
    "DNS: the query was refused")                                              \
  X(kDnsTimeout, "dns_timeout", kTempError, kUnknown,                          \
    "DNS: no answer in time")                                                  \
  X(kDnsNetwork, "dns_network", kTempError, kUnknown,                          \
    "DNS: the server can't be reached")                                        \
  X(kDnsMalformed, "dns_malformed", kTempError, kUnknown,                      \
    "DNS: the answer is malformed")                                            \
  X(kDnssecBogus, "dnssec_bogus", kTempError, kUnknown,                        \
    "DNS: DNSSEC says bogus")                                                  \
  /* Stored audits hold numbers of reasons: new ones only at the end. */       \
  X(kLimitZone, "limit_zone", kPolicy, kUnknown,                               \
    "the key was not asked for: too many names of one zone")                   \
  X(kHeaderAndBodyChanged, "header_and_body_changed", kFail, kTransit,         \
    "this key signed, but another header and another body")                    \
  X(kIncomplete, "incomplete", kPolicy, kUnknown,                              \
    "this file holds only a part of the message, so the body can't be judged") \
  X(kKeyB64, "key_b64", kPermError, kUnknown,                                  \
    "p= of the key record is no base64")                                       \
  X(kLimitKeyTag, "limit_key_tag", kPolicy, kUnknown,                          \
    "the key record has more than 64 tags, or a tag name over 64 octets")
// clang-format on

enum class Reason : uint8_t {
#define X(enumerator, code, result, cause, sentence) enumerator,
  MAILASSAY_DKIM_REASONS(X)
#undef X
      kCount
};

Result ResultOf(Reason reason);
std::string_view ReasonCode(Reason reason);      // "body_changed"
std::string_view ReasonSentence(Reason reason);  // no capital, no full stop
Cause CauseOf(Reason reason);
std::string_view CauseName(Cause cause);         // "archive", ...; kNone: ""
std::string_view CauseSentence(Cause cause);     // no capital, no full stop
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
  kFromUnspaced,     // holds only with " From " lines read as "From "
  kCrCrLf,           // CR CR LF was read as CRLF, in all of the message
  kB64Unpadded,      // b= or bh= without all of its "="
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
