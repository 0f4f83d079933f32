#include "lib/mail/second_reader.h"

#include <mimetic/rfc822/addresslist.h>

#include <algorithm>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"

namespace mailassay::mail {
namespace {

bool IsWithinBounds(std::string_view text) {
  return text.size() <= kSecondReaderMaxOctets &&
         static_cast<size_t>(
             std::count_if(text.begin(), text.end(), [](char c) {
               return c == ',' || c == ';' || c == ':';
             })) <= kSecondReaderMaxDelimiters;
}

// mimetic's parser of messages hands a field to its parser of addresses with
// each folding as one space; white space at the ends is no part of a field.
std::string UnfoldAsMimetic(std::string_view text) {
  text = TrimFws(text);
  std::string unfolded;
  unfolded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool crlf = text.substr(i, 2) == "\r\n";
    if (!crlf && text[i] != '\n') {
      unfolded.push_back(text[i]);
      continue;
    }
    if (crlf) ++i;
    while (i + 1 < text.size() && IsWsp(text[i + 1])) ++i;
    unfolded.push_back(' ');
  }
  return unfolded;
}

bool IsDomainOctet(char c) {
  return IsAlnum(c) || Is8Bit(c) || c == '.' || c == '-' || c == '_';
}

// Somewhere in `text` is `domain` with no more of a domain on either side.
bool StandsWhole(std::string_view text, std::string_view domain) {
  for (size_t at = text.find(domain); at != text.npos;
       at = text.find(domain, at + 1)) {
    const size_t end = at + domain.size();
    if ((at == 0 || !IsDomainOctet(text[at - 1])) &&
        (end == text.size() || !IsDomainOctet(text[end]))) {
      return true;
    }
  }
  return false;
}

// Where nothing closes a group, mimetic drops the last octet of the text.  The
// "b.co" that it leaves of "b.com" is the name of somebody else.
void DropCutNames(std::string_view text, std::vector<std::string>& domains) {
  const std::string lower = AsciiLower(text);
  std::erase_if(domains, [&lower](const std::string& domain) {
    return ParseDomain(domain).defect == NameDefect::kNone &&
           !StandsWhole(lower, domain);
  });
}

void AddDomain(const mimetic::Mailbox& mailbox,
               std::vector<std::string>& domains) {
  std::string domain = mailbox.domain();
  while (!domain.empty() && IsFws(domain.back())) domain.pop_back();
  if (!domain.empty()) domains.push_back(AsciiLower(domain));
}

std::vector<std::string> ReadDomains(const std::string& text) {
  std::vector<std::string> domains;
  const mimetic::AddressList list(text);
  for (const mimetic::Address& address : list) {
    if (!address.isGroup()) {
      AddDomain(address.mailbox(), domains);
      continue;
    }
    for (const mimetic::Mailbox& mailbox : address.group()) {
      AddDomain(mailbox, domains);
    }
  }
  std::sort(domains.begin(), domains.end());
  domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
  DropCutNames(text, domains);
  return domains;
}

}  // namespace

std::optional<std::vector<std::string>> SecondReadingDomains(
    std::string_view text) {
  if (!IsWithinBounds(text)) return std::nullopt;
  // A group that is not closed makes mimetic throw std::length_error.
  try {
    return ReadDomains(UnfoldAsMimetic(text));
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace mailassay::mail
