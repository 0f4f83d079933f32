#include "lib/base/domain_name.h"

#include <idn2.h>

#include <algorithm>
#include <array>

#include "lib/base/ascii.h"

namespace mailassay {
namespace {

// RFC 1035 2.3.4; 253 characters of text are 255 octets in a packet.
constexpr size_t kMaxLabel = 63;
constexpr size_t kMaxName = 253;
// No U-label over this many octets has an A-label of 63.
constexpr size_t kMaxULabel = 4 * kMaxLabel;

// Letters, digits, hyphens within (RFC 1034 3.5, as RFC 1123 2.1 corrects it),
// and underscores, which DNS carries and selectors and ESPs use.
bool IsLdhLabel(std::string_view label) {
  static constexpr auto kLdh = [] {
    std::array<bool, 256> ldh{};
    for (size_t i = 0; i < ldh.size(); ++i) {
      const char c = static_cast<char>(i);
      ldh[i] = IsAlnum(c) || c == '-' || c == '_';
    }
    return ldh;
  }();
  return !label.empty() && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return kLdh[static_cast<unsigned char>(c)];
         });
}

// Where the octets beside the 8-bit ones allow a U-label (RFC
// 5891 4.2.3.1, 5.4). It also keeps NUL from libidn2's C strings.
bool MayBeULabel(std::string_view label) {
  return label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return Is8Bit(c) || IsAlnum(c) || c == '-';
         });
}

bool IsLengthError(int rc) {
  return rc == IDN2_TOO_BIG_LABEL || rc == IDN2_TOO_BIG_DOMAIN ||
         rc == IDN2_PUNYCODE_BIG_OUTPUT;
}

// RFC 8616 2: a U-label stands for its A-label.  Without the mappings of UTS
// 46, which turn full-width letters and dots into ASCII: IDNA2008 has none, and
// a name must not be another than it looks.
NameDefect AppendALabel(std::string_view label, std::string& ascii) {
  if (!MayBeULabel(label)) return NameDefect::kSyntax;
  if (label.size() > kMaxULabel) return NameDefect::kLength;
  const std::string text = AsciiLower(label);
  uint8_t* found = nullptr;
  const int rc = idn2_lookup_u8(reinterpret_cast<const uint8_t*>(text.c_str()),
                                &found, IDN2_NO_TR46);
  if (rc != IDN2_OK) {
    return IsLengthError(rc) ? NameDefect::kLength : NameDefect::kSyntax;
  }
  const std::string a_label = AsciiLower(reinterpret_cast<const char*>(found));
  idn2_free(found);
  if (!IsLdhLabel(a_label)) return NameDefect::kSyntax;
  if (a_label.size() > kMaxLabel) return NameDefect::kLength;
  ascii += a_label;
  return NameDefect::kNone;
}

NameDefect AppendLabel(std::string_view label, DomainName& name) {
  if (std::any_of(label.begin(), label.end(),
                  [](char c) { return Is8Bit(c); })) {
    name.u_label = true;
    return AppendALabel(label, name.ascii);
  }
  if (!IsLdhLabel(label)) return NameDefect::kSyntax;
  if (label.size() > kMaxLabel) return NameDefect::kLength;
  const size_t begin = name.ascii.size();
  name.ascii.append(label);
  for (size_t i = begin; i < name.ascii.size(); ++i) {
    name.ascii[i] = ToLower(name.ascii[i]);
  }
  return NameDefect::kNone;
}

// A bad octet anywhere outweighs a length, so all labels are looked at.
DomainName ParseName(std::string_view text) {
  DomainName name;
  name.ascii.reserve(std::min(text.size(), kMaxName));
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('.', begin), text.size());
    if (begin > 0) name.ascii += '.';
    const NameDefect defect =
        AppendLabel(text.substr(begin, end - begin), name);
    if (defect != NameDefect::kNone) name.defect = defect;
    if (defect == NameDefect::kSyntax) break;
    begin = end + 1;
  }
  if (name.defect == NameDefect::kNone && name.ascii.size() > kMaxName) {
    name.defect = NameDefect::kLength;
  }
  if (name.defect != NameDefect::kNone) name.ascii.clear();
  return name;
}

}  // namespace

DomainName ParseDomain(std::string_view text) { return ParseName(text); }

DomainName ParseSelector(std::string_view text) { return ParseName(text); }

bool IsSameOrBelow(std::string_view name, std::string_view parent) {
  if (parent.empty() || !name.ends_with(parent)) return false;
  const size_t above = name.size() - parent.size();
  return above == 0 || name[above - 1] == '.';
}

}  // namespace mailassay
