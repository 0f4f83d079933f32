// One small reader a tag; the tables at the end say which tags there are and
// in which order their defects count.
#include "lib/dkim/signature.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/ascii.h"
#include "lib/base/base64.h"
#include "lib/base/domain_name.h"
#include "lib/dkim/tag_list.h"

namespace mailassay::dkim {
namespace {

// RFC 6376 3.2: values MUST be processed as case-sensitive unless the tag's
// description says otherwise, as those of d= and h= do.  That the ABNF's
// literals are not (RFC 5234 2.3) says what may be written, not that it means
// the same: a=RSA-SHA256 is a well-formed name (x-sig-a-tag-k) of no known
// algorithm.

// White space of folds is no part of a value where the grammar has FWS inside
// of it: in h= and q= around the colons, anywhere in base64 and in the
// dkim-quoted-printable of i= (2.11).  Inside of v=, a=, c=, d=, l=, s=, t= and
// x= there is none, and each reader refuses it.
std::string WithoutFws(std::string_view value) {
  std::string text;
  std::copy_if(value.begin(), value.end(), std::back_inserter(text),
               [](char c) { return !IsFws(c); });
  return text;
}

// 3.5 "v=": MUST be "1".
Reason ReadVersion(std::string_view value, Signature&, Arena&) {
  return value == "1" ? Reason::kOk : Reason::kSigVersion;
}

// 3.5 "a="; RFC 8463 3 for ed25519-sha256.  rsa-sha1 is known, and refused
// only by the verdict (RFC 8301 3.1).
Reason ReadAlgorithm(std::string_view value, Signature& s, Arena& arena) {
  using crypto::HashAlgorithm;
  using crypto::KeyType;
  struct Known {
    std::string_view name;
    KeyType type;
    HashAlgorithm hash;
  };
  static constexpr Known kKnown[] = {
      {"rsa-sha256", KeyType::kRsa, HashAlgorithm::kSha256},
      {"ed25519-sha256", KeyType::kEd25519, HashAlgorithm::kSha256},
      {"rsa-sha1", KeyType::kRsa, HashAlgorithm::kSha1},
  };
  s.header_a = arena.Copy(value);
  for (const Known& known : kKnown) {
    if (value != known.name) continue;
    s.key_type = known.type;
    s.hash = known.hash;
    return Reason::kOk;
  }
  return Reason::kSigAlgo;
}

// 3.5 "d=": a domain name; RFC 8616 4 allows U-labels.
Reason ReadDomain(std::string_view value, Signature& s, Arena& arena) {
  s.header_d = arena.Copy(value);
  const DomainName name = ParseDomain(value);
  if (name.defect == NameDefect::kLength) return Reason::kNameLength;
  if (name.defect != NameDefect::kNone) return Reason::kBadDomain;
  if (name.u_label) s.flags.Add(Flag::kULabelDomain);
  s.domain = arena.Copy(name.ascii);
  s.auid_domain = s.domain;  // 3.5 "i=": default "@" and the value of d=
  return Reason::kOk;
}

// 3.5 "s=", 3.1.  RFC 1035 2.3.4: a name has at most 255 octets on the wire,
// 253 as text.
Reason ReadSelector(std::string_view value, Signature& s, Arena& arena) {
  constexpr size_t kMaxName = 253;
  constexpr size_t kInfix = std::string_view("._domainkey.").size();
  s.header_s = arena.Copy(value);
  const DomainName name = ParseSelector(value);
  if (name.defect == NameDefect::kLength) return Reason::kNameLength;
  if (name.defect != NameDefect::kNone) return Reason::kBadSelector;
  if (name.ascii.size() + kInfix + s.domain.size() > kMaxName) {
    return Reason::kNameLength;
  }
  if (name.u_label) s.flags.Add(Flag::kULabelDomain);
  s.selector = arena.Copy(name.ascii);
  return Reason::kOk;
}

// RFC 5322 3.6.8: ftext, printable US-ASCII without colon.
bool IsFieldName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != ':';
  });
}

// 3.5 "h=": hdr-name *( [FWS] ":" [FWS] hdr-name ); From MUST be among them.
Reason ReadSignedNames(std::string_view value, Signature& s, Arena& arena) {
  char* const names = arena.Allocate(value.size());
  char* out = names;
  uint32_t count = 0;
  bool valid = true, from = false;
  Items items(value);
  for (std::string_view item; items.Next(item);) {
    if (++count > kMaxSignedNames) {
      arena.GiveBack(value.size());
      return Reason::kLimitH;
    }
    valid = valid && IsFieldName(item);
    if (count > 1) *out++ = ';';
    out = std::transform(item.begin(), item.end(), out, ToLower);
    from |= EqualsIgnoreCase(item, "from");
  }
  const size_t size = valid ? static_cast<size_t>(out - names) : 0;
  arena.GiveBack(value.size() - size);
  if (!valid) return Reason::kSigSyntax;
  s.signed_names = {names, size};
  s.signed_name_count = count;
  return from ? Reason::kOk : Reason::kFromNotSigned;
}

// The octets of a value, and what its base64 says about the field.
std::span<const uint8_t> Decode(std::string_view value, Arena& arena,
                                Signature& s, Reason& defect) {
  const size_t room = Base64Room(value.size());
  auto* const octets = reinterpret_cast<uint8_t*>(arena.Allocate(room));
  const Base64Octets decoded = DecodeBase64(value, octets);
  arena.GiveBack(room - decoded.size);
  if (!decoded.valid) defect = Reason::kB64;
  if (!decoded.canonical) s.flags.Add(Flag::kB64Noncanonical);
  if (!decoded.padded) s.flags.Add(Flag::kB64Unpadded);
  return {octets, decoded.size};
}

// 3.5 "bh=": the hash's octets, no more and no less.
Reason ReadBodyHash(std::string_view value, Signature& s, Arena& arena) {
  Reason defect = Reason::kOk;
  const auto octets = Decode(value, arena, s, defect);
  arena.GiveBack(octets.size());
  if (defect != Reason::kOk) return defect;
  if (octets.size() != crypto::DigestSize(s.hash)) return Reason::kBhLength;
  std::copy(octets.begin(), octets.end(), s.body_hash.bytes.begin());
  s.body_hash.size = static_cast<uint8_t>(octets.size());
  return Reason::kOk;
}

// 3.5 "b=".  Its length is judged with the key.
Reason ReadSignatureData(std::string_view value, Signature& s, Arena& arena) {
  Reason defect = Reason::kOk;
  s.signature = Decode(value, arena, s, defect);
  return defect;
}

std::optional<Canonicalization> ParseCanonicalization(std::string_view name) {
  if (name == "simple") return Canonicalization::kSimple;
  if (name == "relaxed") return Canonicalization::kRelaxed;
  return std::nullopt;
}

// 3.5 "c=": header, and body behind "/"; a body left out is simple.
Reason ReadCanonicalization(std::string_view value, Signature& s, Arena&) {
  const size_t slash = value.find('/');
  const auto header = ParseCanonicalization(value.substr(0, slash));
  const auto body = slash == std::string_view::npos
                        ? Canonicalization::kSimple
                        : ParseCanonicalization(value.substr(slash + 1));
  if (!header || !body) return Reason::kSigCanon;
  s.header_canon = *header;
  s.body_canon = *body;
  return Reason::kOk;
}

// 3.5 "q=": methods in order of preference; unknown ones MUST be ignored.
Reason ReadQuery(std::string_view value, Signature& s, Arena& arena) {
  s.query = arena.Copy(WithoutFws(value));
  bool known = false;
  Items methods(value);
  for (std::string_view method; methods.Next(method);) {
    if (method.empty()) return Reason::kSigQuery;
    if (method == "dns/txt") {
      known = true;
    } else {
      s.flags.Add(Flag::kUnknownQuery);
    }
  }
  return known ? Reason::kOk : Reason::kSigQuery;
}

// 1*max_digits DIGIT of a value that fits.
std::optional<uint64_t> ParseNumber(std::string_view text, size_t max_digits) {
  if (text.size() > max_digits) return std::nullopt;
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// 3.5 "l=": 1*76DIGIT; what does not fit 64 bits is longer than any body.
Reason ReadBodyLength(std::string_view value, Signature& s, Arena&) {
  s.body_length = ParseNumber(value, 76);
  return s.body_length ? Reason::kOk : Reason::kNumber;
}

// 3.5 "t=", "x=": 1*12DIGIT.
std::optional<int64_t> ParseTime(std::string_view value) {
  const auto seconds = ParseNumber(value, 12);
  if (!seconds) return std::nullopt;
  return static_cast<int64_t>(*seconds);
}

Reason ReadTimestamp(std::string_view value, Signature& s, Arena&) {
  s.timestamp = ParseTime(value);
  return s.timestamp ? Reason::kOk : Reason::kNumber;
}

// 3.5 "x=": MUST be greater than t= if both are present.
Reason ReadExpiration(std::string_view value, Signature& s, Arena&) {
  s.expiration = ParseTime(value);
  if (!s.expiration) return Reason::kNumber;
  if (s.timestamp && *s.expiration <= *s.timestamp) return Reason::kXBeforeT;
  return Reason::kOk;
}

// RFC 6376 2.11 dkim-quoted-printable: "=" and two hexadecimal digits stand for
// an octet, anything else for itself.  White space of folds MUST be removed
// before; a blank that is meant is written "=20".
std::string DecodeQuotedPrintable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned octet = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '=' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, octet, 16).ptr == digits + 2) {
      out.push_back(static_cast<char>(octet));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// 3.5 "i=" (dkim-quoted-printable, so FWS anywhere): [ Local-part ] "@"
// domain-name, which MUST be d= or below it.  The local part is not judged,
// since nothing here depends on it; a quoted one may hold "@", so the last one
// counts.
Reason ReadAuid(std::string_view value, Signature& s, Arena& arena) {
  s.header_i = arena.Copy(WithoutFws(value));
  const std::string auid = DecodeQuotedPrintable(s.header_i);
  const size_t at = auid.rfind('@');
  if (at == std::string::npos) return Reason::kAuidDomain;
  const DomainName name = ParseDomain(std::string_view(auid).substr(at + 1));
  if (name.defect != NameDefect::kNone || s.domain.empty() ||
      !IsSameOrBelow(name.ascii, s.domain)) {
    return Reason::kAuidDomain;
  }
  s.auid_domain = arena.Copy(name.ascii);
  return Reason::kOk;
}

struct Rule {
  std::string_view tag;
  Reason missing;  // kOk: the tag may be left out
  Reason (*read)(std::string_view value, Signature& signature, Arena& arena);
};

// In the order in which defects count.  v= and a= go first: they say whether
// the rest can be understood.  Later readers look at what earlier ones found:
// s= and i= at d=, bh= at a=, x= at t=.
constexpr Rule kHeadRules[] = {
    {"v", Reason::kSigVersion, ReadVersion},
    {"a", Reason::kSigMissingTag, ReadAlgorithm},
};
constexpr Rule kRules[] = {
    {"d", Reason::kSigMissingTag, ReadDomain},
    {"s", Reason::kSigMissingTag, ReadSelector},
    {"h", Reason::kSigMissingTag, ReadSignedNames},
    {"bh", Reason::kSigMissingTag, ReadBodyHash},
    {"b", Reason::kSigMissingTag, ReadSignatureData},
    {"c", Reason::kOk, ReadCanonicalization},
    {"q", Reason::kOk, ReadQuery},
    {"l", Reason::kOk, ReadBodyLength},
    {"t", Reason::kOk, ReadTimestamp},
    {"x", Reason::kOk, ReadExpiration},
    {"i", Reason::kOk, ReadAuid},
};

// 6.1.1: a required tag that is missing; an empty one says as little.
Reason CheckPresence(const Rule& rule, const Tag* tag) {
  return tag == nullptr || tag->value.empty() ? rule.missing : Reason::kOk;
}

Reason Apply(const Rule& rule, const Tag* tag, Signature& s, Arena& arena) {
  if (tag == nullptr) return Reason::kOk;
  return rule.read(tag->value, s, arena);
}

bool HoldsControl(const Tag* tag) {
  return tag != nullptr &&
         std::any_of(tag->value.begin(), tag->value.end(), [](char c) {
           return (c >= 0 && c < ' ' && !IsFws(c)) || c == 0x7F;
         });
}

Reason ListDefect(const TagList& list) {
  switch (list.defect) {
    case TagList::Defect::kNone:
      return Reason::kOk;
    case TagList::Defect::kDuplicate:
      return Reason::kSigDupTag;
    case TagList::Defect::kLimit:
      return Reason::kLimitTag;
    case TagList::Defect::kSyntax:
      break;
  }
  // A control octet in a name is an attack on whoever asks for the key (NUL
  // ends the name early), so it is called by its own name.
  if (HoldsControl(list.Find("s"))) return Reason::kBadSelector;
  if (HoldsControl(list.Find("d"))) return Reason::kBadDomain;
  return Reason::kSigSyntax;
}

}  // namespace

Signature ParseSignature(const mail::HeaderField& field, Arena& arena) {
  Signature s;
  const auto note = [&s](Reason reason) {
    if (s.defect == Reason::kOk) s.defect = reason;
  };
  if (field.raw.size() > kMaxSignatureField) note(Reason::kLimitSignature);
  const TagList list =
      ParseTagList(field.value().substr(0, kMaxSignatureField));
  note(ListDefect(list));
  for (const Rule& rule : kHeadRules) {
    const Tag* const tag = list.Find(rule.tag);
    note(CheckPresence(rule, tag));
    note(Apply(rule, tag, s, arena));
  }
  std::array<const Tag*, std::size(kRules)> tags;
  for (size_t i = 0; i < tags.size(); ++i) {
    tags[i] = list.Find(kRules[i].tag);
    note(CheckPresence(kRules[i], tags[i]));
  }
  // All are read, also behind a defect: a failure counts against its d=.
  for (size_t i = 0; i < tags.size(); ++i)
    note(Apply(kRules[i], tags[i], s, arena));
  if (const Tag* b = list.Find("b")) {
    s.b_begin = field.value_begin + b->raw_begin;
    s.b_size = b->raw_size;
  }
  return s;
}

}  // namespace mailassay::dkim
