// [ words / DQUOTE words DQUOTE ] "<" addr-spec ">", or an addr-spec alone, on
// one line, of ASCII letters, digits and the few other octets that mean nothing
// to anybody in a display name or a dot-atom.  Whatever else stands in the
// field, and a domain that is no domain name, are left to the parsers.
#include "lib/mail/plain_author.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"

namespace mailassay::mail {
namespace {

enum : uint8_t { kWord = 1, kQuoted = 2, kLocal = 4 };

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t i = 0; i < classes.size(); ++i) {
    if (IsAlnum(static_cast<char>(i))) classes[i] = kWord | kQuoted | kLocal;
  }
  const auto add = [&classes](std::string_view octets, uint8_t bits) {
    for (const char c : octets) {
      classes[static_cast<unsigned char>(c)] |= bits;
    }
  };
  add(" ", kWord | kQuoted);
  add("-_", kWord | kQuoted | kLocal);
  add("+=", kLocal);
  add(".", kQuoted | kLocal);
  return classes;
}();

bool IsAll(std::string_view text, uint8_t bits) {
  return std::all_of(text.begin(), text.end(), [bits](char c) {
    return (kClasses[static_cast<unsigned char>(c)] & bits) != 0;
  });
}

std::string_view TrimSpaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool IsDisplayName(std::string_view text) {
  if (!text.starts_with('"')) return IsAll(text, kWord);
  return text.size() >= 2 && text.ends_with('"') &&
         IsAll(text.substr(1, text.size() - 2), kQuoted);
}

// RFC 5322 3.2.3 dot-atom-text.
bool IsLocalPart(std::string_view text) {
  return !text.empty() && IsAll(text, kLocal) && !text.starts_with('.') &&
         !text.ends_with('.') && text.find("..") == text.npos;
}

}  // namespace

std::optional<Author> ReadPlainAuthor(std::string_view from_value) {
  std::string_view address = TrimSpaces(from_value);
  if (address.ends_with('>')) {
    const size_t angle = address.find('<');
    if (angle == address.npos ||
        !IsDisplayName(TrimSpaces(address.substr(0, angle)))) {
      return std::nullopt;
    }
    address = address.substr(angle + 1, address.size() - angle - 2);
  }
  const size_t at = address.find('@');
  if (at == address.npos || !IsLocalPart(address.substr(0, at))) {
    return std::nullopt;
  }
  DomainName domain = ParseDomain(address.substr(at + 1));
  if (domain.defect != NameDefect::kNone || domain.u_label) {
    return std::nullopt;
  }
  Author author;
  author.domain = std::move(domain.ascii);
  author.address = address;
  author.from_count = 1;
  return author;
}

}  // namespace mailassay::mail
