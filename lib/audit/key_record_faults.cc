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
    return RecordFault{KeyFault::kTxtQuotes, Severity::kError,
                       "without quotes and backslashes it is a key"};
  }
  if (IsKeyWithout(text, kBlanks)) {
    return RecordFault{KeyFault::kTxtBlanks, Severity::kError,
                       "without blanks it is a key"};
  }
  return std::nullopt;
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
  switch (record.defect) {
    case Reason::kB64:
      return {KeyFault::kBadBase64, Severity::kError, Base64Fault(record)};
    case Reason::kKeySyntax:
    case Reason::kKeyDupTag:
    case Reason::kKeyVersion:
    case Reason::kKeyService:
    case Reason::kLimitTag:
      return {KeyFault::kBadTags, Severity::kError,
              std::string(dkim::ReasonSentence(record.defect))};
    case Reason::kKeyType:
      if (PublicPart(record.text).find("-BEGIN") == std::string_view::npos) {
        return {KeyFault::kBadTags, Severity::kError,
                std::string(dkim::ReasonSentence(record.defect))};
      }
      return {KeyFault::kBadKey, Severity::kError,
              "p= holds a PEM file with its armour"};
    default:
      return {KeyFault::kBadKey, Severity::kError,
              std::string(dkim::ReasonSentence(record.defect))};
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
