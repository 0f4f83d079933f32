#include "lib/mail/list_author.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"
#include "lib/mail/encoded_words.h"
#include "lib/mail/only_address.h"

namespace mailassay::mail {
namespace {

using Source = ListAuthorSource;

constexpr size_t kMaxField = 4096;  // octets; longer ones say nothing
constexpr size_t kMaxList = 1024;   // octets of a list's name
// How display names say it: "Ann via List", "Ann (via List)".
constexpr std::array<std::string_view, 2> kVia = {" via ", "(via "};
static_assert(kVia[0].size() == kVia[1].size());

std::string_view Value(const Header& header, FieldName name) {
  const HeaderField* const field = header.Find(name);
  if (field == nullptr || field->value().size() > kMaxField) return {};
  return field->value();
}

struct Address {
  std::string local_part, domain;  // both empty: none

  bool empty() const { return domain.empty(); }
  friend bool operator==(const Address& a, const Address& b) {
    return a.domain == b.domain && EqualsIgnoreCase(a.local_part, b.local_part);
  }
};

Address AddressOf(std::string_view local_part, std::string_view domain) {
  DomainName name = ParseDomain(domain);
  if (name.defect != NameDefect::kNone || local_part.empty() ||
      name.ascii.find('.') == name.ascii.npos) {
    return {};
  }
  return {std::string(local_part), std::move(name.ascii)};
}

Address AddressOf(const Mailbox& mailbox) {
  return AddressOf(mailbox.local_part, mailbox.domain);
}

std::vector<Mailbox> MailboxesOf(std::string_view value) {
  AddressList list = ParseAddressList(value);
  if (list.valid) return std::move(list.mailboxes);
  std::optional<Mailbox> only = FindOnlyAddress(value);
  if (!only) return {};
  return {std::move(*only)};
}

// The one address of a field that names an author.
Address OneAddress(std::string_view value) {
  const std::vector<Mailbox> mailboxes = MailboxesOf(value);
  return mailboxes.size() == 1 ? AddressOf(mailboxes[0]) : Address();
}

// The address in <mailto:list@example.org?...> (RFC 2369 3.4), as written.
struct WrittenAddress {
  std::string_view local_part, domain;
};

WrittenAddress WrittenPostAddress(std::string_view value) {
  constexpr std::string_view kScheme = "mailto:";
  const size_t begin = value.find(kScheme);
  if (begin == value.npos) return {};
  std::string_view address = value.substr(begin + kScheme.size());
  address = TrimFws(address.substr(0, address.find_first_of("?>,")));
  const size_t at = address.rfind('@');
  if (at == address.npos) return {};
  return {address.substr(0, at), address.substr(at + 1)};
}

Address PostAddress(std::string_view value) {
  const WrittenAddress address = WrittenPostAddress(value);
  return AddressOf(address.local_part, address.domain);
}

// What RFC 2919 3 calls the list-id, as written; without angle brackets the
// whole value.
std::string_view WrittenListId(std::string_view value) {
  const size_t begin = value.rfind('<');
  if (begin != value.npos) {
    value.remove_prefix(begin + 1);
    value = value.substr(0, value.find('>'));
  }
  return TrimFws(value).substr(0, kMaxList);
}

std::string ListIdOf(std::string_view value) {
  return AsciiLower(WrittenListId(value));
}

bool AreRelated(std::string_view a, std::string_view b) {
  return IsSameOrBelow(a, b) || IsSameOrBelow(b, a);
}

// Where "via LIST" begins; npos: nowhere.
size_t FindVia(std::string_view name) {
  const std::string lower = AsciiLower(name);
  size_t found = name.npos;
  for (const std::string_view via : kVia) {
    const size_t at = lower.rfind(via);
    if (at != name.npos && (found == name.npos || at > found)) found = at;
  }
  return found;
}

// A display name as it is shown, without marks of quotation at its ends and
// without "via LIST".
std::string PersonOf(std::string_view display_name) {
  std::string name =
      DecodeWords(display_name).value_or(std::string(display_name));
  name.resize(std::min(FindVia(name), name.size()));
  std::string_view person = TrimFws(name);
  const auto quoted = [&person] {
    return person.size() >= 2 && person.front() == person.back() &&
           (person.front() == '\'' || person.front() == '"');
  };
  while (quoted()) person = TrimFws(person.substr(1, person.size() - 2));
  return std::string(person);
}

// "ann=example.com", as VERP writes it.  In "ann=40example.com" the "=40" is an
// "@" where nothing else can be meant, or in a domain that is there for this
// alone, "dmarc.ietf.org"; elsewhere "40example.com" is a domain like another.
Address UnwrapLocalPart(const Address& wrapped) {
  const std::string_view whole = wrapped.local_part;
  const size_t equals = whole.rfind('=');
  if (equals == whole.npos) return {};
  const std::string_view local_part = whole.substr(0, equals);
  const std::string_view domain = whole.substr(equals + 1);
  Address plain = AddressOf(local_part, domain);
  if (!domain.starts_with("40")) return plain;
  if (!plain.empty() && !wrapped.domain.starts_with("dmarc.")) return plain;
  Address encoded = AddressOf(local_part, domain.substr(2));
  return encoded.empty() ? plain : encoded;
}

std::string_view WithoutEnd(std::string_view text, std::string_view end) {
  const size_t begin = text.size() - std::min(text.size(), end.size());
  if (!EqualsIgnoreCase(text.substr(begin), end)) return text;
  return TrimFws(text.substr(0, begin));
}

// "List" of "Ann via List <list@example.org>" and of "Ann (via List)"; `begin`
// is where FindVia found it.
std::string_view ViaWhat(std::string_view from, size_t begin) {
  from.remove_prefix(begin + kVia[0].size());
  from = from.substr(0, from.find('<'));
  constexpr std::string_view kAround = " \t\r\n\"')";
  const size_t end = from.find_last_not_of(kAround);
  if (end == from.npos) return {};
  return TrimFws(from.substr(0, end + 1));
}

// RFC 2919 3: what stands before the angle brackets of List-Id.
std::string ListIdPhrase(std::string_view value) {
  const size_t angle = value.rfind('<');
  if (angle == value.npos) return {};
  const std::string_view phrase = value.substr(0, angle);
  const std::string decoded = DecodeWords(phrase).value_or(std::string(phrase));
  std::string_view bare = TrimFws(decoded);
  if (bare.size() >= 2 && bare.front() == '"' && bare.back() == '"') {
    bare = TrimFws(bare.substr(1, bare.size() - 2));
  }
  return std::string(bare);
}

// One message's fields, as far as they speak of a list.
class Evidence {
 public:
  Evidence(const Header& header, const Author& author)
      : header_(header),
        list_id_(ListIdOf(Value(header, FieldName::kListId))),
        post_(PostAddress(Value(header, FieldName::kListPost))) {
    for (Mailbox& mailbox : MailboxesOf(Value(header, FieldName::kFrom))) {
      from_ = AddressOf(mailbox.local_part, author.domain);
      display_name_ = std::move(mailbox.display_name);
      break;
    }
  }

  ListAuthor Conclude() const {
    if (from_.empty()) return {};
    if (const Address original = Other(FieldName::kXOriginalFrom);
        !original.empty()) {
      return Found(Source::kXOriginalFrom, original);
    }
    if (!IsOfList()) return {};
    if (const Address wrapped = UnwrapLocalPart(from_); !wrapped.empty()) {
      return Found(Source::kWrappedFrom, wrapped);
    }
    const Address sender = Other(FieldName::kXOriginalSender);
    const bool replaced = SaysVia() || HidesAuthor();
    if (!sender.empty() && (replaced || IsListAddress())) {
      return Found(Source::kXOriginalSender, sender);
    }
    if (!replaced && !(from_ == post_)) return {};
    const ListAuthor found = FindByName();
    const bool known = replaced || found.source != Source::kNone;
    return known ? found : ListAuthor();
  }

 private:
  ListAuthor Found(Source source, const Address& original) const {
    return {.list = list_id_.empty() ? from_.local_part + "@" + from_.domain
                                     : list_id_,
            .source = source,
            .local_part = original.local_part,
            .domain = original.domain};
  }

  // The field's address, unless it is From's.
  Address Other(FieldName name) const {
    Address address = OneAddress(Value(header_, name));
    return address == from_ ? Address() : address;
  }

  bool IsOfList() const {
    const bool is_name = list_id_.find('.') != list_id_.npos;
    return (is_name && AreRelated(from_.domain, list_id_)) ||
           (!post_.empty() && AreRelated(from_.domain, post_.domain));
  }
  bool IsListAddress() const {
    return from_ == post_ ||
           AsciiLower(from_.local_part) + "." + from_.domain == list_id_;
  }
  // "Ann via List", not "To Rome via Paris".
  bool SaysVia() const {
    const std::string_view field = Value(header_, FieldName::kFrom);
    const std::string from = DecodeWords(field).value_or(std::string(field));
    const size_t via = FindVia(from);
    if (via == from.npos || !IsInDomainOfList()) return false;
    const std::string_view what = ViaWhat(from, via);
    return !post_.empty() || NamesList(what) ||
           NamesList(WithoutEnd(what, " mailing list"));
  }
  bool IsInDomainOfList() const {
    const size_t dot = list_id_.find('.');
    return post_.domain == from_.domain || IsListAddress() ||
           (dot != list_id_.npos &&
            std::string_view(list_id_).substr(dot + 1) == from_.domain);
  }
  bool NamesList(std::string_view name) const {
    if (name.empty()) return false;
    const std::string_view label =
        std::string_view(list_id_).substr(0, list_id_.find('.'));
    return EqualsIgnoreCase(name, label) ||
           EqualsIgnoreCase(name, from_.local_part) ||
           EqualsIgnoreCase(name,
                            ListIdPhrase(Value(header_, FieldName::kListId)));
  }
  bool HidesAuthor() const {
    return AsciiLower(from_.local_part).ends_with("-dmarc-request");
  }

  // By what Mailman and others leave of the author beside his name.
  ListAuthor FindByName() const {
    const std::string person = PersonOf(display_name_);
    if (const Address found = InField(FieldName::kReplyTo, person, true);
        !found.empty()) {
      return Found(Source::kReplyTo, found);
    }
    if (const Address found = InField(FieldName::kCc, person, false);
        !found.empty()) {
      return Found(Source::kCc, found);
    }
    const std::optional<Mailbox> named = FindOnlyAddress(person);
    const Address found = named ? AddressOf(*named) : Address();
    const bool other = !found.empty() && !(found == from_);
    return other ? Found(Source::kDisplayName, found)
                 : Found(Source::kNone, {});
  }

  // The only mailbox that is not the list's, where `alone` is enough, or the
  // only one of that name.
  Address InField(FieldName name, const std::string& person, bool alone) const {
    std::vector<Address> all, named;
    for (const Mailbox& mailbox : MailboxesOf(Value(header_, name))) {
      Address address = AddressOf(mailbox);
      if (address.empty() || address == from_ || address == post_) continue;
      all.push_back(address);
      if (!person.empty() &&
          EqualsIgnoreCase(PersonOf(mailbox.display_name), person)) {
        named.push_back(std::move(address));
      }
    }
    if (named.size() == 1) return named[0];
    return alone && all.size() == 1 ? all[0] : Address();
  }

  const Header& header_;
  std::string list_id_;
  Address post_;
  Address from_;
  std::string display_name_;
};

bool IsLetterDigitHyphenDot(char c) {
  return IsAlnum(c) || c == '-' || c == '.';
}

bool EndsWithName(std::string_view name, std::string_view end) {
  if (name.size() < end.size()) return false;
  const size_t before = name.size() - end.size();
  return EqualsIgnoreCase(name.substr(before), end) &&
         (before == 0 || name[before - 1] == '.');
}

// Names that are related once they are read are so as written, too, unless they
// hold more than letters, digits, hyphens and dots, or end in a dot.
bool MayBeRelated(std::string_view written, std::string_view domain) {
  if (written.empty()) return false;
  const bool plain = std::ranges::all_of(written, IsLetterDigitHyphenDot) &&
                     !written.ends_with('.');
  return !plain || EndsWithName(written, domain) ||
         EndsWithName(domain, written);
}

// Most mail has no list in From; that is told here without a copy of anything.
bool MayBeOfList(const Header& header, std::string_view domain) {
  if (header.Find(FieldName::kXOriginalFrom) != nullptr) return true;
  return MayBeRelated(WrittenListId(Value(header, FieldName::kListId)),
                      domain) ||
         MayBeRelated(
             WrittenPostAddress(Value(header, FieldName::kListPost)).domain,
             domain);
}

}  // namespace

std::string_view ListAuthorSourceName(ListAuthorSource source) {
  static constexpr std::array<std::string_view,
                              static_cast<size_t>(Source::kCount)>
      kNames = {"none",         "x_original_from",
                "wrapped_from", "x_original_sender",
                "reply_to",     "cc",
                "display_name"};
  return kNames[static_cast<size_t>(source)];
}

ListAuthor FindListAuthor(const Header& header, const Author& author) {
  if (author.from_count != 1 || !MayBeOfList(header, author.domain)) return {};
  return Evidence(header, author).Conclude();
}

}  // namespace mailassay::mail
