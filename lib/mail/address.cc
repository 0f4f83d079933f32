// One pass from left to right without looking back.  The words and dots at the
// start of an address are read before it is known what they are: a local part
// if "@" follows, a display name if "<" does, the name of a group before ":".
// So their text is gathered both ways (Words), and the octet behind them picks.
//
// Where the obs- forms of RFC 5322 4 would let two readers disagree about what
// the octets are, this reader refuses them:
// - Control characters (obs-NO-WS-CTL in obs-ctext, obs-qtext, obs-dtext and
//   obs-qp), NUL and bare CR included: C strings end at them, line readers
//   break at them, and nothing that sends mail has written them for decades.
// - 8-bit octets that are not UTF-8 (RFC 6532 3.2) in an addr-spec.  In display
//   names, quoted strings and comments, where old mail has Latin-1 and
//   Shift-JIS by the million, any 8-bit octet is an octet of text: structure is
//   ASCII.
#include "lib/mail/address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr size_t kMaxCommentDepth = 64;

enum : uint8_t { kAtext = 1, kQtext = 2, kCtext = 4, kDtext = 8 };

// RFC 5322 3.2.3 atext, 3.2.4 qtext, 3.2.2 ctext, 3.4.1 dtext.
constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (int c = 33; c < 127; ++c) {
    uint8_t bits = kAtext | kQtext | kCtext | kDtext;
    for (char special : std::string_view("()<>[]:;@\\,.\"")) {
      if (c == special) bits &= static_cast<uint8_t>(~kAtext);
    }
    if (c == '"' || c == '\\') bits &= static_cast<uint8_t>(~kQtext);
    if (c == '(' || c == ')' || c == '\\') {
      bits &= static_cast<uint8_t>(~kCtext);
    }
    if (c == '[' || c == ']' || c == '\\') {
      bits &= static_cast<uint8_t>(~kDtext);
    }
    classes[static_cast<size_t>(c)] = bits;
  }
  return classes;
}();

bool IsClass(char c, uint8_t bits) {
  return (kClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

// Octets of the well-formed UTF-8 sequence (RFC 3629 4) of two or more octets
// at the start of `text`; 0: none.
size_t Utf8Size(std::string_view text) {
  const auto octet = [text](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = octet(0);
  // The second octet's range excludes overlong forms, surrogates and code
  // points above U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                      : lead >= 0xE0 && lead <= 0xEF ? 3
                      : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                     : 0;
  if (size == 0 || octet(1) < low || octet(1) > high) return 0;
  for (size_t i = 2; i < size; ++i) {
    if (octet(i) < 0x80 || octet(i) > 0xBF) return 0;
  }
  return size;
}

// Octets of the UTF-8 sequence or lone 8-bit octet at the start of `text`.
size_t TextSize(std::string_view text) {
  return std::max<size_t>(Utf8Size(text), 1);
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = Is8Bit(text.front()) ? Utf8Size(text) : 1;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

// Words and dots as they stand before "@", "<" or ":".
struct Words {
  std::string phrase;      // words and dots, one SP where CFWS was
  std::string local_part;  // the same without the SPs
  bool empty = true;
  bool is_phrase = true;      // begins with a word (obs-phrase)
  bool is_local_part = true;  // words with one dot between (obs-local-part)
  bool after_dot = true;      // nothing or a dot was last
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // RFC 5322 3.4 address-list, 4.4 obs-addr-list and obs-group-list.  Groups
  // do not nest, so one flag is all the state there is.
  AddressList Parse() {
    AddressList list;
    bool in_group = false;
    bool any = false;
    while (true) {
      if (!SkipCfws()) return list;
      if (AtEnd()) break;
      if (Take(',')) continue;
      if (in_group && Take(';')) {
        in_group = false;
        if (!AtDelimiter(in_group)) return list;
        continue;
      }
      any = true;
      Words words;
      if (!TakeWords(&words)) return list;
      if (!in_group && IsGroupName(words) && Take(':')) {
        in_group = true;
        continue;
      }
      Mailbox mailbox;
      if (!TakeMailbox(std::move(words), &mailbox) || !AtDelimiter(in_group) ||
          list.mailboxes.size() == kMaxMailboxes) {
        return list;
      }
      list.mailboxes.push_back(std::move(mailbox));
    }
    list.valid = any && !in_group;
    return list;
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  bool At(char c) const { return !AtEnd() && text_[at_] == c; }
  bool Take(char c) {
    if (!At(c)) return false;
    ++at_;
    return true;
  }

  // CFWS, then what may follow an address.  The delimiter is left.
  bool AtDelimiter(bool in_group) {
    return SkipCfws() &&
           (AtEnd() ? !in_group : At(',') || (in_group && At(';')));
  }

  static bool IsGroupName(const Words& words) {
    return !words.empty && words.is_phrase;
  }

  // FWS, possibly empty.  A line end must have white space behind it; LF alone
  // ends a line as CRLF does, since archives keep mail so.
  bool SkipFws() {
    while (!AtEnd() && IsFws(text_[at_])) {
      if (IsWsp(text_[at_])) {
        ++at_;
        continue;
      }
      Take('\r');
      if (!Take('\n') || AtEnd() || !IsWsp(text_[at_])) return false;
    }
    return true;
  }

  // RFC 5322 3.2.2.  Comments nest; `depth` stands for the stack.
  bool SkipCfws() {
    size_t depth = 0;
    while (true) {
      if (!SkipFws()) return false;
      if (At('(')) {
        if (++depth > kMaxCommentDepth) return false;
        ++at_;
      } else if (depth == 0) {
        return true;
      } else if (Take(')')) {
        --depth;
      } else if (!SkipText(kCtext)) {
        return false;
      }
    }
  }

  // One octet of the class, 8-bit text or one quoted-pair.
  bool SkipText(uint8_t bits) {
    if (At('\\')) return TakeQuotedPair() != 0;
    return SkipPlain(bits);
  }

  bool SkipPlain(uint8_t bits) {
    if (AtEnd()) return false;
    const size_t size = Is8Bit(text_[at_]) ? TextSize(text_.substr(at_))
                                           : IsClass(text_[at_], bits);
    at_ += size;
    return size > 0;
  }

  // RFC 5322 3.2.1: "\" (VCHAR / WSP), VCHAR with UTF-8 (RFC 6532 3.1).
  // Returns the octets behind the "\" that it took; 0: not a quoted-pair.
  size_t TakeQuotedPair() {
    ++at_;
    if (AtEnd()) return 0;
    const char c = text_[at_];
    const size_t size = Is8Bit(c) ? TextSize(text_.substr(at_))
                                  : IsWsp(c) || (c > ' ' && c != '\x7f');
    at_ += size;
    return size;
  }

  std::string_view TakeAtom() {
    const size_t begin = at_;
    while (SkipPlain(kAtext)) {
    }
    return text_.substr(begin, at_ - begin);
  }

  // RFC 5322 3.2.4; appends what is quoted.  A line end inside is folding and
  // no part of the string.  REQUIRES: at DQUOTE.
  bool TakeQuotedString(std::string* out) {
    ++at_;
    while (!Take('"')) {
      const size_t begin = at_;
      if (AtEnd()) return false;
      if (IsFws(text_[at_])) {
        if (!SkipFws()) return false;
        for (char c : text_.substr(begin, at_ - begin)) {
          if (IsWsp(c)) out->push_back(c);
        }
      } else if (At('\\')) {
        const size_t size = TakeQuotedPair();
        if (size == 0) return false;
        out->append(text_.substr(at_ - size, size));
      } else if (SkipPlain(kQtext)) {
        out->append(text_.substr(begin, at_ - begin));
      } else {
        return false;
      }
    }
    return true;
  }

  // word = atom / quoted-string.  False also where neither begins.
  bool TakeWord(std::string* out) {
    if (At('"')) return TakeQuotedString(out);
    const std::string_view atom = TakeAtom();
    out->append(atom);
    return !atom.empty();
  }

  // All words and dots with the CFWS between and behind them; none is fine.
  // REQUIRES: CFWS before them skipped.
  bool TakeWords(Words* words) {
    bool space = false;
    while (!AtEnd()) {
      const bool dot = At('.');
      if (!dot && !At('"') && !Is8Bit(Peek()) && !IsClass(Peek(), kAtext)) {
        break;
      }
      std::string word;
      if (dot) {
        word.push_back(text_[at_++]);
      } else if (!TakeWord(&word)) {
        return false;
      }
      if (words->empty) words->is_phrase = !dot;
      // A dot and a word take turns in a local part.
      if (dot == words->after_dot) words->is_local_part = false;
      words->after_dot = dot;
      words->empty = false;
      if (space) words->phrase.push_back(' ');
      words->phrase.append(word);
      words->local_part.append(word);
      const size_t begin = at_;
      if (!SkipCfws()) return false;
      space = at_ > begin;
    }
    if (words->after_dot) words->is_local_part = false;
    return true;
  }

  // domain = dot-atom / domain-literal / obs-domain, with CFWS around it.
  bool TakeDomain(std::string* out) {
    if (!SkipCfws()) return false;
    if (At('[')) return TakeLiteral(out) && SkipCfws();
    while (true) {
      const std::string_view atom = TakeAtom();
      if (atom.empty() || !SkipCfws()) return false;
      out->append(atom);
      if (!Take('.')) return true;
      out->push_back('.');
      if (!SkipCfws()) return false;
    }
  }

  // "[" *([FWS] dtext) [FWS] "]"; quoted-pairs (obs-dtext) stay as written.
  bool TakeLiteral(std::string* out) {
    out->push_back('[');
    ++at_;
    while (true) {
      if (!SkipFws()) return false;
      const size_t begin = at_;
      if (Take(']')) break;
      if (!SkipText(kDtext)) return false;
      out->append(text_.substr(begin, at_ - begin));
    }
    out->push_back(']');
    return true;
  }

  // obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":".  It
  // says nothing about the author; only its end counts.
  bool SkipRoute() {
    bool any = false;
    while (true) {
      if (!SkipCfws()) return false;
      if (Take(':')) return any;
      if (Take(',')) continue;
      std::string domain;
      if (!Take('@') || !TakeDomain(&domain)) return false;
      any = true;
      // Behind a domain only "," and ":" may follow.
      if (!At(',') && !At(':')) return false;
    }
  }

  // mailbox = name-addr / addr-spec, of which `words` have been read.
  bool TakeMailbox(Words words, Mailbox* mailbox) {
    if (!At('<')) return TakeAddrSpec(std::move(words), mailbox);
    if (!words.is_phrase) return false;
    mailbox->display_name = std::move(words.phrase);
    ++at_;
    if (!SkipCfws()) return false;
    if ((At('@') || At(',')) && (!SkipRoute() || !SkipCfws())) return false;
    Words local_part;
    return TakeWords(&local_part) &&
           TakeAddrSpec(std::move(local_part), mailbox) && Take('>');
  }

  // addr-spec = local-part "@" domain, of which the local part has been read.
  bool TakeAddrSpec(Words words, Mailbox* mailbox) {
    if (!words.is_local_part || !Take('@')) return false;
    mailbox->local_part = std::move(words.local_part);
    return TakeDomain(&mailbox->domain) && IsUtf8(mailbox->local_part) &&
           IsUtf8(mailbox->domain);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

AddressList ParseAddressList(std::string_view text) {
  return Parser(text).Parse();
}

}  // namespace mailassay::mail
