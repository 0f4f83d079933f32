#include "lib/mail/received_hop.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

bool ContainsIgnoreCase(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return ToLower(a) == ToLower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     same) != text.end();
}

// By which mail comes out of a store or stays within a host.
bool IsStoreProtocol(std::string_view protocol) {
  // "Microsoft SMTP Server", "local-esmtp": mail may have arrived by it.
  if (ContainsIgnoreCase(protocol, "smtp")) return false;
  for (const std::string_view store :
       {"pop", "imap", "http", "mapi", "lmtp", "local", "jmap"}) {
    if (ContainsIgnoreCase(protocol, store)) return true;
  }
  return false;
}

// Behind the comment that begins at `at`; npos: nothing closes it.
size_t CommentEnd(std::string_view text, size_t at) {
  for (size_t depth = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '\\' && at < text.size()) ++at;
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return at;
  }
  return text.npos;
}

bool EndsWord(char c) { return IsFws(c) || c == '(' || c == ';'; }

// RFC 5321 4.4: the words of a stamp without its comments; ";" is a word.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // Empty at the end.  `*begin` is where it stands.
  std::string_view Next(size_t* begin) {
    while (at_ < text_.size() && SkipOne()) {
    }
    *begin = at_;
    if (at_ < text_.size() && text_[at_] == ';') return text_.substr(at_++, 1);
    while (at_ < text_.size() && !EndsWord(text_[at_])) ++at_;
    return text_.substr(*begin, at_ - *begin);
  }

 private:
  // White space or a comment.
  bool SkipOne() {
    if (IsFws(text_[at_])) {
      ++at_;
      return true;
    }
    if (text_[at_] != '(') return false;
    at_ = std::min(CommentEnd(text_, at_), text_.size());
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

struct Stamp {
  std::string_view from;      // From clause with its comments; empty: none
  std::string_view protocol;  // of the With clause; empty: none
};

bool EndsProtocol(std::string_view word) {
  for (const std::string_view next : {"id", "for", "via", "by", "from", ";"}) {
    if (EqualsIgnoreCase(word, next)) return true;
  }
  return false;
}

// What a host says of the other may hold any word, what it says of itself
// stands behind that: the last "by" and the last "with" count.
Stamp Read(std::string_view value) {
  Words words(value);
  size_t begin = 0;
  std::string_view word = words.Next(&begin);
  const bool has_from = EqualsIgnoreCase(word, "from");
  const size_t from = begin;
  Stamp stamp;
  if (has_from) stamp.from = value.substr(from);
  bool in_protocol = false;
  size_t protocol = 0;
  for (; !word.empty(); word = words.Next(&begin)) {
    if (in_protocol && EndsProtocol(word)) in_protocol = false;
    if (EqualsIgnoreCase(word, "by") && has_from) {
      stamp.from = value.substr(from, begin - from);
    } else if (EqualsIgnoreCase(word, "with")) {
      in_protocol = true;
      protocol = begin + word.size();
      stamp.protocol = {};
    } else if (in_protocol) {
      stamp.protocol = value.substr(protocol, begin + word.size() - protocol);
    }
  }
  return stamp;
}

// A dotted quad; nullopt: none.
std::optional<uint32_t> ParseIpv4(std::string_view text) {
  uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    uint32_t octet = 0;
    size_t digits = 0;
    while (digits < text.size() && digits < 4 && IsDigit(text[digits])) {
      octet = octet * 10 + static_cast<uint32_t>(text[digits++] - '0');
    }
    if (digits == 0 || octet > 255) return std::nullopt;
    address = address << 8 | octet;
    text.remove_prefix(digits);
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

// RFC 1918, RFC 1122 3.2.1.3 (loopback), RFC 3927 (link-local).
bool IsPrivate(uint32_t ipv4) {
  return ipv4 >> 24 == 10 || ipv4 >> 24 == 127 || ipv4 >> 20 == 0xAC1 ||
         ipv4 >> 16 == 0xC0A8 || ipv4 >> 16 == 0xA9FE;
}

enum class Address { kNone, kPublic, kPrivate };

Address KindOf(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) {
    const std::optional<uint32_t> ipv4 = ParseIpv4(text);
    if (!ipv4) return Address::kNone;
    return IsPrivate(*ipv4) ? Address::kPrivate : Address::kPublic;
  }
  if (text.find(':') == colon) return Address::kNone;  // a port
  if (StartsWithIgnoreCase(text, "::ffff:") &&
      text.find('.') != text.npos) {  // RFC 4291 2.5.5.2
    return KindOf(text.substr(colon + 1));
  }
  // RFC 4291 2.5.3 and 2.5.6, RFC 4193.
  const bool is_private = text == "::1" || StartsWithIgnoreCase(text, "fc") ||
                          StartsWithIgnoreCase(text, "fd") ||
                          StartsWithIgnoreCase(text, "fe80:");
  return is_private ? Address::kPrivate : Address::kPublic;
}

bool IsAddressOctet(char c) {
  return IsDigit(c) || c == '.' || c == ':' ||
         (ToLower(c) >= 'a' && ToLower(c) <= 'f');
}

bool IsNameOctet(char c) { return IsAlnum(c) || c == '-' || c == '_'; }

struct Addresses {
  bool any_public = false, any_private = false;
};

Addresses AddressesIn(std::string_view text) {
  constexpr std::string_view kTag = "IPv6:";
  Addresses found;
  for (size_t i = 0; i < text.size();) {
    if (StartsWithIgnoreCase(text.substr(i), kTag)) i += kTag.size();
    size_t end = i;
    while (end < text.size() && IsAddressOctet(text[end])) ++end;
    const bool whole = end == text.size() || !IsNameOctet(text[end]);
    const Address kind =
        whole ? KindOf(text.substr(i, end - i)) : Address::kNone;
    found.any_public |= kind == Address::kPublic;
    found.any_private |= kind == Address::kPrivate;
    i = std::max(end, i + 1);
    // A name that goes on is no address: "a10.0.0.1".
    while (i < text.size() && IsNameOctet(text[i - 1]) &&
           (IsNameOctet(text[i]) || text[i] == '.')) {
      ++i;
    }
  }
  return found;
}

// What stands in a comment before the name that the other gave himself, "HELO
// name" or "helo=name"; the whole comment where none stands.
std::string_view BeforeHelo(std::string_view comment) {
  constexpr size_t kCommand = 4;  // octets
  bool in_name = false;
  for (size_t i = 0; i + kCommand < comment.size(); ++i) {
    const std::string_view word = comment.substr(i, kCommand);
    const char next = comment[i + kCommand];
    if (!in_name && (IsFws(next) || next == '=' || next == ':') &&
        (EqualsIgnoreCase(word, "helo") || EqualsIgnoreCase(word, "ehlo"))) {
      return comment.substr(0, i);
    }
    in_name = IsNameOctet(comment[i]) || comment[i] == '.';
  }
  return comment;
}

// Does what the receiver itself saw (RFC 5321 4.4 TCP-info) hold a private
// address?  It stands in the comments after the first word.  Where a comment
// has the HELO name (Exim), the first word is the address, as a literal;
// otherwise the first word may be the HELO name, with all that is joined to it.
bool SawPrivate(std::string_view from) {
  const auto skip = [from](size_t i, auto&& is) {
    while (i < from.size() && is(from[i])) ++i;
    return i;
  };
  const auto in_word = [](char c) { return !EndsWord(c); };
  const size_t name = skip(skip(0, in_word), IsFws);  // after "from"
  const size_t name_end = skip(name, in_word);
  size_t at = skip(name_end, IsFws);
  if (name_end == name || at == name_end) return false;
  bool names_helo = false;
  while (at < from.size() && from[at] == '(') {
    const size_t end = CommentEnd(from, at);
    if (end == from.npos) break;
    const std::string_view comment = from.substr(at, end - at);
    const std::string_view seen = BeforeHelo(comment);
    if (AddressesIn(seen).any_private) return true;
    names_helo |= seen.size() < comment.size();
    at = skip(end, IsFws);
  }
  return names_helo && from[name] == '[' &&
         AddressesIn(from.substr(name, name_end - name)).any_private;
}

std::optional<std::string_view> AfterLast(std::string_view text, char c) {
  const size_t at = text.rfind(c);
  if (at == text.npos) return std::nullopt;
  return text.substr(at + 1);
}

}  // namespace

std::optional<std::string_view> DatePart(std::string_view value) {
  static constexpr auto kMeansSomething = [] {
    std::array<bool, 256> means{};
    for (const char c : std::string_view("\\\"();")) {
      means[static_cast<unsigned char>(c)] = true;
    }
    return means;
  }();
  std::optional<std::string_view> date;
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!kMeansSomething[static_cast<unsigned char>(c)]) continue;
    if (c == '\\' && (quoted || depth > 0)) {
      ++i;
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (c == ';' && depth == 0) {
      date = value.substr(i + 1);
    }
  }
  // What nobody closes is no comment and no string (RFC 5322 3.2).
  if (depth > 0 || quoted) return AfterLast(value, ';');
  return date;
}

bool ShowsArrival(std::string_view value) {
  const Stamp stamp = Read(value);
  return !stamp.from.empty() && !IsStoreProtocol(stamp.protocol) &&
         (AddressesIn(stamp.from).any_public || !SawPrivate(stamp.from));
}

}  // namespace mailassay::mail
