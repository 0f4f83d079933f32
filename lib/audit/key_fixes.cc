#include "lib/audit/key_fixes.h"

#include <array>

#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

// Which words of a service fit.
enum class Kind : uint8_t { kPublish, kRenew, kOwn };

struct Fix {
  KeyFault fault;
  Kind kind;
  std::string_view text;  // "$n" is the name
};

// clang-format off
constexpr std::string_view kRenewText =
    "Sign with a new 2048-bit key under a new selector; a week later set p= empty at $n.";
constexpr Fix kFixes[] = {
    {KeyFault::kNoRecord, Kind::kPublish,
     "Publish the signer's public key as a TXT record at $n, or stop signing with this selector."},
    {KeyFault::kRecordGone, Kind::kOwn,
     "Nothing to do for new mail. Retire a selector by an empty p= instead of deleting it."},
    {KeyFault::kSelectorMismatch, Kind::kPublish,
     "Publish the key at $n, or set the signer to a selector that is published."},
    {KeyFault::kOtherProvider, Kind::kOwn,
     "Switch the other service's signing off and remove its old records, or publish its key at $n. Then disable and enable DKIM for the domain in the Defender portal, so that selector1 or selector2 signs."},
    {KeyFault::kSecondUnpublished, Kind::kOwn,
     "Publish $n, or switch this signature off in the service that makes it."},
    {KeyFault::kSignedBefore, Kind::kOwn,
     "Publish a new key two days before signing with it."},
    {KeyFault::kRevoked, Kind::kOwn,
     "Let the signer use a selector that is published: $n says that its key is not to be used."},
    {KeyFault::kNoAnswer, Kind::kOwn,
     "Repair the name servers (or DNSSEC) of the zone: while they fail, nobody can verify this mail."},
    {KeyFault::kCnameMissing, Kind::kPublish,
     "Publish at $n the CNAME that the service shows."},
    {KeyFault::kCnameDangling, Kind::kPublish,
     "Point the CNAME at $n to the name that the service shows; the present target has no record."},
    {KeyFault::kCnameLoop, Kind::kPublish,
     "Point the CNAME at $n straight to the name that the service shows."},
    {KeyFault::kCnameTarget, Kind::kPublish,
     "Point the CNAME at $n to the name that the service shows."},
    {KeyFault::kCnameAndOther, Kind::kOwn,
     "Keep one of them at $n: the CNAME if the service asks for one, else the TXT record."},
    {KeyFault::kTxtForCname, Kind::kPublish,
     "Replace the TXT record at $n by the service's CNAME, or its next rotation breaks the signatures."},
    {KeyFault::kWildcard, Kind::kOwn,
     "Remove the wildcard record above $n, so that a selector that nobody made has no record."},
    {KeyFault::kTxtSplit, Kind::kOwn,
     "Put the parts as quoted strings, in order, into one TXT record at $n."},
    {KeyFault::kTxtTruncated, Kind::kOwn,
     "Publish the whole key at $n: one TXT record of several quoted strings, each of at most 255 octets."},
    {KeyFault::kTxtQuotes, Kind::kOwn,
     "Enter the text at $n without quotes and backslashes: the DNS panel adds what it needs."},
    {KeyFault::kTxtBlanks, Kind::kOwn,
     "Take the blanks out of the text at $n: the strings of a record are joined without anything between."},
    {KeyFault::kSeveralRecords, Kind::kOwn,
     "Leave one TXT record at $n: with several, each verifier may take another (RFC 6376 3.6.2.2)."},
    {KeyFault::kBadTags, Kind::kOwn,
     "Write the record at $n as v=DKIM1; k=rsa; p=..., each tag once."},
    {KeyFault::kBadBase64, Kind::kOwn,
     "Copy the public key to $n again, whole and unchanged."},
    {KeyFault::kBadKey, Kind::kOwn,
     "Copy the public key to $n again: the base64 text between the BEGIN and END lines, whole."},
    {KeyFault::kKeyTooShort, Kind::kRenew, kRenewText},
    {KeyFault::kKeyWeak, Kind::kRenew, kRenewText},
    {KeyFault::kOddExponent, Kind::kOwn,
     "Make the next key with the exponent 65537: others are slow, or not taken everywhere."},
    {KeyFault::kSharedFactor, Kind::kOwn,
     "Both private keys can be computed by anybody: set p= empty at $n and make new keys with a sound random source."},
    {KeyFault::kDisclosed, Kind::kOwn,
     "Set p= empty at $n at once and sign with a new key under a new selector."},
    {KeyFault::kKeyMismatch, Kind::kPublish,
     "Publish at $n the public key of the key that signs, or give the signer the key that is published."},
    {KeyFault::kSha1Only, Kind::kOwn,
     "Set the signer to rsa-sha256: RFC 8301 forbids SHA-1."},
    {KeyFault::kEd25519Only, Kind::kOwn,
     "Let the signer add an rsa-sha256 signature: many receivers, Microsoft's among them, can't verify Ed25519."},
    {KeyFault::kTesting, Kind::kOwn,
     "Take t=y out of the record at $n: receivers may treat this mail as unsigned."},
    {KeyFault::kDefaultSigning, Kind::kOwn,
     "Set up DKIM for each domain in From: at the service: only then is the mail aligned for DMARC."},
    {KeyFault::kKeyReplaced, Kind::kOwn,
     "Give the next key a selector of its own, and leave the old record for 7 to 30 days."},
    {KeyFault::kSelectorReused, Kind::kOwn,
     "Give each key a selector of its own: caches and old mail still ask for the old key."},
    {KeyFault::kRotation, Kind::kOwn, "Nothing to do."},
    {KeyFault::kParallelKeys, Kind::kOwn,
     "Nothing to do if each belongs to a service in use; retire the others by an empty p=."},
    {KeyFault::kKeyOld, Kind::kRenew, kRenewText},
    {KeyFault::kRetiredPublished, Kind::kOwn,
     "Set p= empty at $n: whoever finds the old private key can still sign with it."},
    {KeyFault::kRemovedEarly, Kind::kOwn,
     "Keep a record for at least 7 days after its last use, better 30: mail is still under way. Then set p= empty."},
    {KeyFault::kSameKey, Kind::kOwn,
     "Give each name a key of its own: a new selector with the old key is no rotation."},
    {KeyFault::kNotCompared, Kind::kOwn,
     "Audit a part of the mail (--from), so that all its keys can be compared."},
};
// clang-format on

std::string Filled(std::string_view text, std::string_view name) {
  const size_t at = text.find("$n");
  if (at == text.npos) return std::string(text);
  return Concat(text.substr(0, at), name, text.substr(at + 2));
}

// The service's own words, or "" where it has none for this.
std::string ProviderText(Kind kind, const KeyProvider& provider) {
  if (kind == Kind::kOwn) return "";
  if (kind == Kind::kRenew) return std::string(provider.renew);
  if (!provider.publish.empty()) return std::string(provider.publish);
  return Concat("Publish at $n the ",
                provider.targets.empty() ? "TXT record" : "CNAME", " that ",
                provider.name, " shows in its settings of the domain.");
}

}  // namespace

std::string KeyFix(KeyFault fault, Severity severity,
                   const ProviderMatch& match, std::string_view name) {
  if (fault == KeyFault::kRevoked && severity == Severity::kInfo) {
    return "Nothing to do: this is how a key is retired.";
  }
  for (const Fix& fix : kFixes) {
    if (fix.fault != fault) continue;
    const std::string own = match.provider == nullptr
                                ? ""
                                : ProviderText(fix.kind, *match.provider);
    if (own.empty()) return Filled(fix.text, name);
    if (match.sure) return Filled(own, name);
    return Concat(Filled(fix.text, name), " If ", match.provider->name,
                  " signs this mail: ", Filled(own, name));
  }
  return "";
}

}  // namespace mailassay::audit
