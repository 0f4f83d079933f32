#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"
#include "lib/mail/address.h"
#include "lib/mail/only_address.h"
#include "lib/mail/second_reader.h"

namespace mailassay::mail {
namespace {

using Domains = std::vector<std::string>;  // sorted, without duplicates

void SortUnique(Domains& domains) {
  std::sort(domains.begin(), domains.end());
  domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
}

// As written, but lower case.
Domains RawDomains(const AddressList& list) {
  Domains domains;
  for (const Mailbox& mailbox : list.mailboxes) {
    std::string domain = AsciiLower(mailbox.domain);
    if (domains.empty() || domains.back() != domain) {
      domains.push_back(std::move(domain));
    }
  }
  SortUnique(domains);
  return domains;
}

// The domains as DNS compares them.  REQUIRES: !raw.empty().
struct AuthorDomains {
  AuthorDefect defect = AuthorDefect::kNone;
  std::string only;  // without a defect: the one domain
};

AuthorDomains Compare(const Domains& raw) {
  Domains names;
  bool bad = false;
  for (const std::string& domain : raw) {
    DomainName name = ParseDomain(domain);
    const bool refused = name.defect != NameDefect::kNone;
    bad |= refused;
    names.push_back(refused ? domain : std::move(name.ascii));
  }
  SortUnique(names);
  if (names.size() > 1) return {AuthorDefect::kMultiAuthor, ""};
  if (bad) return {AuthorDefect::kBadDomain, ""};
  return {AuthorDefect::kNone, std::move(names.front())};
}

// A domain name or an address literal, such as another reader could show.
bool IsPlausible(const std::string& domain) {
  return ParseDomain(domain).defect == NameDefect::kNone ||
         (domain.starts_with('[') && domain.ends_with(']'));
}

bool Contains(const Domains& domains, const std::string& domain) {
  return std::binary_search(domains.begin(), domains.end(), domain);
}

// See address.h, kFromAmbiguous.
bool IsAmbiguous(const Domains& ours, const std::optional<Domains>& second) {
  if (!second || ours == *second) return false;
  bool misread = false;
  for (const std::string& domain : *second) {
    if (Contains(ours, domain)) continue;
    if (IsPlausible(domain)) return true;
    misread = true;
  }
  // Nothing is named that is not ours, so one of ours is not named.
  return !misread;
}

// RFC 5322 3.2.3 dot-atom-text, or 8-bit octets.
bool NeedsQuotes(std::string_view local_part) {
  if (local_part.empty() || local_part.starts_with('.') ||
      local_part.ends_with('.') ||
      local_part.find("..") != std::string_view::npos) {
    return true;
  }
  return local_part.find_first_of("\t ()<>[]:;@\\,\"") !=
         std::string_view::npos;
}

std::string Address(const Mailbox& mailbox) {
  std::string address;
  if (NeedsQuotes(mailbox.local_part)) {
    address.push_back('"');
    for (char c : mailbox.local_part) {
      if (c == '"' || c == '\\') address.push_back('\\');
      address.push_back(c);
    }
    address.push_back('"');
  } else {
    address = mailbox.local_part;
  }
  address.push_back('@');
  return address.append(mailbox.domain);
}

std::string AsciiDomain(std::string_view text) {
  DomainName name = ParseDomain(text);
  return name.defect == NameDefect::kNone ? std::move(name.ascii)
                                          : std::string();
}

// What one field says.
struct FieldReading {
  AddressList list;
  Domains raw_domains;  // empty for a list that is not valid
  AuthorDomains author;
};

FieldReading Read(std::string_view value, AnomalySet& anomalies) {
  FieldReading reading;
  reading.list = ParseAddressList(value);
  if (!reading.list.valid || reading.list.mailboxes.empty()) {
    reading.author.defect = AuthorDefect::kSyntax;
    anomalies.Add(Anomaly::kFromSyntax);
    return reading;
  }
  reading.raw_domains = RawDomains(reading.list);
  reading.author = Compare(reading.raw_domains);
  if (reading.author.defect == AuthorDefect::kMultiAuthor) {
    anomalies.Add(Anomaly::kMultiAuthor);
  }
  return reading;
}

// Names a domain that another reader could show and that is not `ours`.
bool NamesOther(const std::optional<Domains>& second, const std::string& ours) {
  return second && std::any_of(second->begin(), second->end(),
                               [&](const std::string& domain) {
                                 return IsPlausible(domain) &&
                                        AsciiDomain(domain) != ours;
                               });
}

// A field that names no author by RFC 5322, and the same one to every reader.
bool Repair(std::string_view value, const std::optional<Domains>& second,
            Author& author) {
  const std::optional<Mailbox> only = FindOnlyAddress(value);
  if (!only) return false;
  std::string domain = AsciiDomain(only->domain);
  if (NamesOther(second, domain)) return false;
  author.defect = AuthorDefect::kNone;
  author.address = Address(*only);
  author.domain = std::move(domain);
  author.anomalies.Add(Anomaly::kFromSyntax);
  author.anomalies.Add(Anomaly::kFromRepaired);
  return true;
}

// "j at example.com (J)", as archives of lists write it lest the address be
// harvested.  No reader of mail takes it for an address.
std::string_view HiddenDomain(std::string_view value) {
  constexpr std::string_view kAt = " at ";
  const size_t at = value.find(kAt);
  if (at == value.npos || value.find('@') != value.npos) return {};
  const std::string_view rest = value.substr(at + kAt.size());
  const std::string_view domain = rest.substr(0, rest.find_first_of(" \t\r\n"));
  return domain.find('.') == domain.npos ? std::string_view() : domain;
}

void ReadTopmost(std::string_view value, Author& author) {
  FieldReading reading = Read(value, author.anomalies);
  author.defect = reading.author.defect;
  const std::optional<Domains> second = SecondReadingDomains(value);
  if ((author.defect == AuthorDefect::kSyntax ||
       author.defect == AuthorDefect::kBadDomain) &&
      Repair(value, second, author)) {
    return;
  }
  if (IsAmbiguous(reading.raw_domains, second)) {
    author.anomalies.Add(Anomaly::kFromAmbiguous);
  }
  if (!reading.list.mailboxes.empty()) {
    const Mailbox& first = reading.list.mailboxes.front();
    author.address = Address(first);
    author.domain = author.defect == AuthorDefect::kNone
                        ? std::move(reading.author.only)
                        : AsciiDomain(first.domain);
  } else if (second && second->size() == 1) {
    author.domain = AsciiDomain(second->front());
  } else {
    author.domain = AsciiDomain(HiddenDomain(value));
  }
}

}  // namespace

std::string_view AuthorDefectName(AuthorDefect defect) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "none", "no_from", "multi_from", "syntax", "multi_author", "bad_domain",
  };
  return kNames[static_cast<size_t>(defect)];
}

Author FindAuthor(const Header& header) {
  Author author;
  for (const HeaderField& field : header.fields) {
    if (field.known != FieldName::kFrom) continue;
    if (author.from_count++ == 0) {
      ReadTopmost(field.value(), author);
    } else {
      Read(field.value(), author.anomalies);
    }
  }
  // RFC 5322 3.6: exactly one From.
  if (author.from_count == 0) {
    author.defect = AuthorDefect::kNoFrom;
    author.anomalies.Add(Anomaly::kFromSyntax);
  } else if (author.from_count > 1) {
    author.defect = AuthorDefect::kMultiFrom;
    author.anomalies.Add(Anomaly::kMultiFrom);
  }
  return author;
}

}  // namespace mailassay::mail
