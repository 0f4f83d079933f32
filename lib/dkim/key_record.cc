// As signature.cc: one small reader a tag, one table with their order.
#include "lib/dkim/key_record.h"

#include <algorithm>

#include "lib/base/ascii.h"
#include "lib/base/base64.h"
#include "lib/dkim/tag_list.h"

namespace mailassay::dkim {
namespace {

// Items looked at in h=, s= and t=; more could only repeat or be unknown.
constexpr size_t kMaxItems = 64;

// RFC 6376 3.2 has the values case-sensitive.  A record is read more leniently
// than a signature, as verifiers do: one record of a careless hand ("k=RSA")
// concerns all mail of its domain, and nothing can be forged by it.
bool Holds(std::string_view list, std::string_view literal) {
  const auto items = SplitItems(list, kMaxItems);
  return std::any_of(items.begin(), items.end(), [&](std::string_view item) {
    return EqualsIgnoreCase(item, literal);
  });
}

// RFC 6376 3.6.1 "k="; RFC 8463 4.1.
Reason ReadType(std::string_view value, KeyRecord& record) {
  if (EqualsIgnoreCase(value, "rsa")) {
    record.type = crypto::KeyType::kRsa;
  } else if (EqualsIgnoreCase(value, "ed25519")) {
    record.type = crypto::KeyType::kEd25519;
  } else {
    return Reason::kKeyType;
  }
  return Reason::kOk;
}

// 3.6.1 "s=": a list without "*" and "email" is for something else than mail.
Reason ReadService(std::string_view value, KeyRecord&) {
  return Holds(value, "*") || Holds(value, "email") ? Reason::kOk
                                                    : Reason::kKeyService;
}

// 3.6.1 "h=": the acceptable hashes.  None of ours: no signature fits.
Reason ReadHashes(std::string_view value, KeyRecord& record) {
  record.allows_sha256 = Holds(value, "sha256");
  record.allows_sha1 = Holds(value, "sha1");
  return Reason::kOk;
}

// 3.6.1 "t=": unknown flags MUST be ignored.
Reason ReadFlags(std::string_view value, KeyRecord& record) {
  if (Holds(value, "y")) record.flags.Add(Flag::kTesting);
  record.strict_auid = Holds(value, "s");
  return Reason::kOk;
}

Reason ReasonOf(crypto::KeyDefect defect) {
  switch (defect) {
    case crypto::KeyDefect::kNone:
      return Reason::kOk;
    case crypto::KeyDefect::kParse:
      return Reason::kKeyParse;
    case crypto::KeyDefect::kType:
      return Reason::kKeyType;
    case crypto::KeyDefect::kExponent:
      return Reason::kKeyExponent;
    case crypto::KeyDefect::kLength:
      return Reason::kKeyLength;
    case crypto::KeyDefect::kTooBig:
      return Reason::kKeyTooBig;
  }
  return Reason::kKeyParse;
}

// RFC 8301 3.2: below 1024 bits no signature counts (the verdict says so, with
// the mathematics done); signers SHOULD use 2048.
bool IsShort(const crypto::PublicKey& key) {
  return key.type() == crypto::KeyType::kRsa && key.bits() >= 1024 &&
         key.bits() < 2048;
}

// 3.6.1 "p=".
Reason ReadKey(std::string_view value, KeyRecord& record) {
  if (value.size() > kMaxKeyText) return Reason::kLimitKeyTxt;
  // The file of the key pasted as it was, instead of what its armour holds.
  if (value.starts_with("-----BEGIN")) return Reason::kKeyType;
  const Base64 decoded = DecodeBase64(value);
  if (!decoded.valid) return Reason::kKeyB64;
  crypto::PublicKey::Parsed parsed =
      record.type == crypto::KeyType::kRsa
          ? crypto::PublicKey::ParseRsa(decoded.bytes)
          : crypto::PublicKey::ParseEd25519(decoded.bytes);
  if (parsed.defect != crypto::KeyDefect::kNone) return ReasonOf(parsed.defect);
  record.key = std::move(parsed.key);
  if (IsShort(*record.key)) record.flags.Add(Flag::kKeyLt2048);
  return Reason::kOk;
}

struct Rule {
  std::string_view tag;
  Reason (*read)(std::string_view value, KeyRecord& record);
};

// In the order in which defects count; p= is read with k= known.  g= (RFC 4871,
// dropped by RFC 6376 C), n= and unknown tags are ignored.
constexpr Rule kRules[] = {
    {"k", ReadType},  {"s", ReadService}, {"h", ReadHashes},
    {"t", ReadFlags}, {"p", ReadKey},
};

Reason ListDefect(const TagList& list) {
  switch (list.defect) {
    case TagList::Defect::kNone:
      return Reason::kOk;
    case TagList::Defect::kSyntax:
      return Reason::kKeySyntax;
    case TagList::Defect::kDuplicate:
      return Reason::kKeyDupTag;
    case TagList::Defect::kLimit:
      return Reason::kLimitKeyTag;
  }
  return Reason::kKeySyntax;
}

// 3.6.1 "v=": MUST be the first tag if present.  Elsewhere it is accepted with
// a flag, as every verifier does; nothing can be forged by it.  The value is
// given in octets (%x44 4B 49 4D 31), so case counts.
Reason CheckVersion(const TagList& list, KeyRecord& record) {
  const Tag* v = list.Find("v");
  if (v == nullptr) return Reason::kOk;
  if (v != list.tags.data()) record.flags.Add(Flag::kKeyVNotFirst);
  return v->value == "DKIM1" ? Reason::kOk : Reason::kKeyVersion;
}

// What decides before the tags are read one by one: is it a key record at all,
// and is it revoked (whatever else it says)?
Reason CheckRecord(const TagList& list, KeyRecord& record) {
  if (record.text.size() > kMaxTxtText) return Reason::kLimitKeyTxt;
  if (const Reason r = ListDefect(list); r != Reason::kOk) return r;
  if (const Reason r = CheckVersion(list, record); r != Reason::kOk) return r;
  const Tag* p = list.Find("p");
  if (p == nullptr) return Reason::kKeySyntax;  // 3.6.1: REQUIRED
  if (p->value.empty()) return Reason::kRevoked;
  return Reason::kOk;
}

}  // namespace

KeyRecord ParseKeyRecord(std::string_view txt) {
  KeyRecord record;
  record.text = txt;
  const TagList list = ParseTagList(txt.substr(0, kMaxTxtText));
  record.defect = CheckRecord(list, record);
  for (const Rule& rule : kRules) {
    if (record.defect != Reason::kOk) break;
    const Tag* tag = list.Find(rule.tag);
    if (tag != nullptr) record.defect = rule.read(tag->value, record);
  }
  return record;
}

std::string RecordOf(const crypto::PublicKey& rsa) {
  return "v=DKIM1; k=rsa; p=" + EncodeBase64(rsa.Spki());
}

}  // namespace mailassay::dkim
