#include "lib/audit/key_record_faults.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "lib/base/ascii.h"
#include "lib/base/base64.h"
#include "lib/base/concat.h"
#include "lib/dkim/tag_list.h"

namespace mailassay::audit {
namespace {

using dkim::KeyRecord;
using dkim::Reason;

constexpr size_t kStringOctets = 255;  // of one string of a TXT record

bool IsUsable(const KeyRecord& record) { return record.key != nullptr; }

// The text without some characters, if a key comes out of it.
bool IsKeyWithout(std::string_view text, std::string_view characters) {
  std::string rest;
  for (const char c : text) {
    if (characters.find(c) == characters.npos) rest += c;
  }
  return rest.size() < text.size() && IsUsable(dkim::ParseKeyRecord(rest));
}

// The value of p=, as far as one can be read out of a damaged text.
std::string_view PublicPart(std::string_view text) {
  size_t at = text.starts_with("p=") ? 0 : text.find(" p=");
  if (at == text.npos) at = text.find(";p=");
  if (at == text.npos) return {};
  std::string_view value = text.substr(text.find('=', at) + 1);
  return value.substr(0, value.find(';'));
}

// What the DER at the front announces, headers included; nullopt: no SEQUENCE.
std::optional<size_t> AnnouncedOctets(std::span<const uint8_t> der) {
  constexpr uint8_t kSequence = 0x30;
  if (der.size() < 2 || der[0] != kSequence) return std::nullopt;
  if (der[1] < 0x80) return size_t{2} + der[1];
  const size_t count = der[1] & 0x7F;
  if (count == 0 || count > 3 || der.size() < 2 + count) return std::nullopt;
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) size = size << 8 | der[2 + i];
  return 2 + count + size;
}

// The octets of p= as far as whole groups of base64 go.
std::vector<uint8_t> WholeGroups(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (!IsWsp(c) && c != '\r' && c != '\n') text += c;
  }
  text.resize(text.size() / 4 * 4);
  Base64 decoded = DecodeBase64(text);
  return decoded.valid ? std::move(decoded.bytes) : std::vector<uint8_t>();
}

std::optional<RecordFault> Truncation(const KeyRecord& record) {
  const std::string_view value = PublicPart(record.text);
  const std::vector<uint8_t> der = WholeGroups(value);
  const std::optional<size_t> announced = AnnouncedOctets(der);
  if (announced && *announced > der.size()) {
    return RecordFault{
        KeyFault::kTxtTruncated, Severity::kError,
        Concat("the key announces ", *announced, " octets and p= holds ",
               der.size(),
               record.text.size() == kStringOctets
                   ? "; the text is 255 octets long, the most one string "
                     "takes"
                   : "")};
  }
  if (record.text.size() == kStringOctets && !value.empty()) {
    return RecordFault{KeyFault::kTxtTruncated, Severity::kError,
                       "the text is 255 octets long, the most one string "
                       "takes, and holds no whole key"};
  }
  return std::nullopt;
}

std::optional<RecordFault> Punctuation(const KeyRecord& record) {
  constexpr std::string_view kQuotes = "\"\\";
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::string& text = record.text;
  const bool quoted = text.find_first_of(kQuotes) != text.npos;
  if (quoted &&
      (IsKeyWithout(text, kQuotes) || IsKeyWithout(text, "\"\\ \t\r\n"))) {
    return RecordFault{
        KeyFault::kTxtQuotes, Severity::kError,
        text.find("\\;") != text.npos
            ? "semicolons are escaped (\\;), as in a zone file; without quotes "
              "and backslashes it is a key"
            : "without quotes and backslashes it is a key"};
  }
  if (IsKeyWithout(text, kBlanks)) {
    return RecordFault{KeyFault::kTxtBlanks, Severity::kError,
                       "without blanks it is a key"};
  }
  return std::nullopt;
}

// ---- What the text is instead, in words; "" where it is not that ----

struct Stray {
  std::string_view octets, name;
};
// Characters that word processors, web pages and chats put in.
constexpr Stray kStrays[] = {
    {"\xC2\xA0", "a no-break space (U+00A0)"},
    {"\xE2\x80\xAF", "a narrow no-break space (U+202F)"},
    {"\xC2\xAD", "a soft hyphen (U+00AD)"},
    {"\xE2\x80\x8B", "a zero-width space (U+200B)"},
    {"\xE2\x80\x8C", "a zero-width non-joiner (U+200C)"},
    {"\xE2\x80\x8D", "a zero-width joiner (U+200D)"},
    {"\xE2\x81\xA0", "a zero-width word joiner (U+2060)"},
    {"\xEF\xBB\xBF", "a zero-width no-break space (U+FEFF)"},
    {"\xE2\x80\x9C", "a typographic quote (U+201C)"},
    {"\xE2\x80\x9D", "a typographic quote (U+201D)"},
    {"\xE2\x80\x9E", "a typographic quote (U+201E)"},
    {"\xE2\x80\x93", "an en dash (U+2013)"},
    {"\xE2\x80\x94", "an em dash (U+2014)"},
};

std::string StrayCharacter(const KeyRecord& record) {
  const std::string& text = record.text;
  size_t first = text.npos;
  std::string_view name;
  for (const Stray& stray : kStrays) {
    const size_t at = text.find(stray.octets);
    if (at >= first) continue;
    first = at;
    name = stray.name;
  }
  if (first == text.npos) return "";
  return Concat(name, " stands at octet ", first + 1);
}

std::string HtmlEntity(const KeyRecord& record) {
  const std::string& text = record.text;
  for (const std::string_view entity :
       {"&quot;", "&amp;", "&nbsp;", "&lt;", "&gt;", "&#"}) {
    const size_t at = text.find(entity);
    if (at == text.npos) continue;
    const size_t end = std::min(text.find(';', at), at + entity.size());
    return Concat("HTML stands in the text (", text.substr(at, end - at + 1),
                  ")");
  }
  return "";
}

std::string CnameTarget(const KeyRecord& record) {
  std::string_view text = record.text;
  const bool is_name =
      text.find('.') != text.npos && std::ranges::all_of(text, [](char c) {
        return IsAlnum(c) || c == '.' || c == '-' || c == '_';
      });
  if (!is_name) return "";
  return "the text is a name: that of a CNAME's target, not of a record";
}

std::string OtherRecord(const KeyRecord& record) {
  for (const std::string_view kind : {"spf1", "DMARC1", "STSv1", "TLSRPTv1"}) {
    if (StartsWithIgnoreCase(record.text, Concat("v=", kind))) {
      return Concat("a record of another kind: v=", kind);
    }
  }
  return "";
}

// RFC 6376 3.2 has semicolons between tags, one at the end, and no empty tag.
std::string StraySemicolon(const KeyRecord& record) {
  if (record.defect != Reason::kKeySyntax) return "";
  std::string_view before = " ";
  for (std::string_view rest = record.text; !rest.empty();) {
    const size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view spec = TrimFws(rest.substr(0, end));
    const bool is_last = end == rest.size();
    if (spec.empty() && !is_last) {
      return before == " " ? "a semicolon stands at the front"
                           : "two semicolons in a row";
    }
    before = spec;
    rest.remove_prefix(is_last ? end : end + 1);
  }
  return "";
}

std::string TextInFront(const KeyRecord& record) {
  const size_t at = record.text.find("v=DKIM1");
  if (at == 0 || at == std::string::npos) return "";
  if (!IsUsable(dkim::ParseKeyRecord(record.text.substr(at)))) return "";
  constexpr size_t kShown = 40;
  return Concat("text stands in front of v=DKIM1: \"",
                record.text.substr(0, std::min(at, kShown)), "\"");
}

// "v=DKIM1 k=rsa p=..."; of other tags than the last.
std::string MissingSemicolon(const KeyRecord& record) {
  const dkim::TagList list = dkim::ParseTagList(record.text);
  for (const dkim::Tag& tag : list.tags) {
    if (tag.name == "p" || tag.name == "n") continue;
    const size_t blank = tag.value.find_first_of(" \t");
    if (blank == tag.value.npos) continue;
    if (tag.value.find('=', blank) == tag.value.npos) continue;
    return Concat("a semicolon is missing behind ", tag.name, "=",
                  tag.value.substr(0, blank));
  }
  return "";
}

std::string OddTag(const KeyRecord& record) {
  constexpr size_t kShown = 40;
  const dkim::TagList list = dkim::ParseTagList(record.text);
  const auto shown = [&](std::string_view name, std::string_view why) {
    const dkim::Tag* tag = list.Find(name);
    if (tag == nullptr) return std::string();
    return Concat(name, "= is \"", tag->value.substr(0, kShown), "\"", why);
  };
  switch (record.defect) {
    case Reason::kKeyVersion:
      return shown("v", ", not DKIM1");
    case Reason::kKeyService:
      return shown("s", ": not for mail");
    case Reason::kKeyType:
      return shown("k",
                   ": neither rsa nor ed25519 (values count case, RFC "
                   "6376 3.2)");
    case Reason::kKeySyntax:
      if (list.defect != dkim::TagList::Defect::kNone) return "";
      return list.Find("o") != nullptr
                 ? "p= is missing: a policy of DomainKeys (RFC 4870)"
                 : "p= is missing";
    default:
      return "";
  }
}

std::string UrlSafe(const KeyRecord& record) {
  if (record.defect != Reason::kKeyB64) return "";
  std::string text = record.text;
  const std::string_view value = PublicPart(record.text);
  if (value.find_first_of("-_") == value.npos) return "";
  const auto begin = static_cast<size_t>(value.data() - record.text.data());
  std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
               '-', '+');
  std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
               '_', '/');
  if (!IsUsable(dkim::ParseKeyRecord(text))) return "";
  return "p= is in the URL-safe alphabet (- and _ in place of + and /)";
}

// RFC 8463 4.2: p= is the 32 octets of the key, and k=ed25519 stands.
std::string Ed25519Form(const KeyRecord& record) {
  constexpr size_t kKeyOctets = 32;
  const Base64 decoded = DecodeBase64(PublicPart(record.text));
  if (!decoded.valid) return "";
  if (record.type == crypto::KeyType::kRsa) {
    return decoded.bytes.size() == kKeyOctets
               ? "p= holds 32 octets, as an Ed25519 key has, and k=ed25519 is "
                 "missing"
               : "";
  }
  if (AnnouncedOctets(decoded.bytes) != decoded.bytes.size()) return "";
  return "p= holds a SubjectPublicKeyInfo, where an Ed25519 key has its 32 "
         "octets alone (RFC 8463 4.2)";
}

std::string InsteadOfKey(const KeyRecord& record) {
  for (const auto find :
       {StrayCharacter, HtmlEntity, CnameTarget, OtherRecord, StraySemicolon,
        TextInFront, MissingSemicolon, UrlSafe, Ed25519Form, OddTag}) {
    std::string words = find(record);
    if (!words.empty()) return words;
  }
  return "";
}

std::string Base64Fault(const KeyRecord& record) {
  const std::string_view value = PublicPart(record.text);
  const auto fits = [](char c) {
    return IsAlnum(c) ||
           std::string_view("+/= \t\r\n").find(c) != std::string_view::npos;
  };
  const auto odd = std::ranges::find_if_not(value, fits);
  if (odd == value.end()) return "a character too many or too few";
  return Concat("character ", odd - value.begin() + 1, " of it is ",
                std::string_view(&*odd, 1));
}

RecordFault DefectOf(const KeyRecord& record) {
  const std::string instead = InsteadOfKey(record);
  const auto words = [&](std::string_view otherwise) {
    return instead.empty() ? std::string(otherwise) : instead;
  };
  const std::string_view sentence = dkim::ReasonSentence(record.defect);
  switch (record.defect) {
    case Reason::kKeyB64:
      return {KeyFault::kBadBase64, Severity::kError,
              words(Base64Fault(record))};
    case Reason::kKeySyntax:
    case Reason::kKeyDupTag:
    case Reason::kKeyVersion:
    case Reason::kKeyService:
    case Reason::kLimitKeyTag:
      return {KeyFault::kBadTags, Severity::kError, words(sentence)};
    case Reason::kKeyType:
      if (PublicPart(record.text).find("-BEGIN") == std::string_view::npos) {
        return {KeyFault::kBadTags, Severity::kError, words(sentence)};
      }
      return {KeyFault::kBadKey, Severity::kError,
              "p= holds a PEM file with its armour"};
    default:
      return {KeyFault::kBadKey, Severity::kError, words(sentence)};
  }
}

std::string HashesText(const KeyRecord& record) {
  return record.allows_sha1 ? "h= allows SHA-1 alone, which is never valid"
                            : "h= allows no known hash";
}

// Of a record with a key: tags that a verifier may dislike.
void AddTagFaults(const KeyRecord& record, std::vector<RecordFault>* faults) {
  if (!record.allows_sha256) {
    faults->push_back(
        {KeyFault::kBadTags, Severity::kError, HashesText(record)});
  }
  if (record.flags.Has(dkim::Flag::kKeyVNotFirst)) {
    faults->push_back({KeyFault::kBadTags, Severity::kWarning,
                       "v= is not the first tag; strict verifiers refuse it"});
  }
  const std::string_view value = PublicPart(record.text);
  const size_t first = value.find_first_not_of(" \t\r\n");
  const size_t last = value.find_last_not_of(" \t\r\n");
  if (first != value.npos &&
      value.substr(first, last - first + 1).find_first_of(" \t\r\n") !=
          value.npos) {
    faults->push_back({KeyFault::kTxtBlanks, Severity::kWarning,
                       "blanks stand inside p=: allowed, but some verifiers "
                       "fail on them"});
  }
}

void AddKeyFaults(const crypto::PublicKey& key,
                  std::vector<RecordFault>* faults) {
  if (key.type() != crypto::KeyType::kRsa) return;
  if (key.bits() < 1024) {
    faults->push_back({KeyFault::kKeyTooShort, Severity::kError,
                       Concat(key.bits(),
                              " bits: others can compute the private key, and "
                              "verifiers refuse it (RFC 8301)")});
  } else if (key.bits() < 2048) {
    faults->push_back({KeyFault::kKeyWeak, Severity::kWarning,
                       Concat(key.bits(), " bits; RFC 8301: SHOULD be 2048")});
  }
  if (key.exponent() != 65537) {
    faults->push_back({KeyFault::kOddExponent, Severity::kWarning,
                       Concat("e = ", key.exponent())});
  }
}

}  // namespace

std::vector<RecordFault> RecordFaultsOf(const KeyRecord& record) {
  std::vector<RecordFault> faults;
  if (record.defect == Reason::kRevoked) return faults;
  if (IsUsable(record)) {
    AddTagFaults(record, &faults);
    AddKeyFaults(*record.key, &faults);
  } else if (auto punctuation = Punctuation(record)) {
    faults.push_back(*std::move(punctuation));
  } else if (auto truncation = Truncation(record)) {
    faults.push_back(*std::move(truncation));
  } else {
    faults.push_back(DefectOf(record));
  }
  return faults;
}

bool JoinToKey(std::span<const KeyRecord* const> records) {
  constexpr size_t kMost = 4;
  if (records.size() < 2 || records.size() > kMost) return false;
  if (std::ranges::any_of(records, [](auto* r) { return IsUsable(*r); })) {
    return false;
  }
  std::vector<size_t> order(records.size());
  std::iota(order.begin(), order.end(), size_t{0});
  do {
    std::string joined;
    for (const size_t i : order) joined += records[i]->text;
    if (IsUsable(dkim::ParseKeyRecord(joined))) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

}  // namespace mailassay::audit
