#include "pipeline/keys/zone_file.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"

namespace mailassay::keys {
namespace {

struct Token {
  std::string text;     // escapes resolved
  bool quoted = false;  // or escaped: never a directive, "@" or a type
};

// One record or directive: what stands on a line, parentheses joining lines.
struct Entry {
  std::vector<Token> tokens;
  bool starts_blank = false;  // the owner is the previous one's
  size_t line = 0;            // where it begins
  std::string_view comment;   // the last one
};

absl::Status Fault(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

// Cuts the text into entries (RFC 1035 5.1).
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // False at the end or on a fault, which status() tells.  Behind a fault it
  // goes on with the next line, but for parentheses.
  bool Next(Entry& entry);
  const absl::Status& status() const { return status_; }

 private:
  bool More() const { return at_ < text_.size(); }
  bool Stop(const std::string& what) {
    status_ = Fault(what);
    at_ = std::min(text_.find('\n', at_), text_.size());
    return false;
  }
  std::string_view TakeComment() {
    const size_t begin = at_;
    at_ = std::min(text_.find('\n', at_), text_.size());
    return text_.substr(begin, at_ - begin);
  }
  // Reads what stands at the cursor; `open` counts parentheses.
  bool Step(Entry& entry, int& open);
  bool Quoted(Token& token);
  bool Plain(Token& token);
  bool Escape(std::string& out);

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
  absl::Status status_;
};

bool Lexer::Next(Entry& entry) {
  status_ = absl::OkStatus();
  while (More()) {
    entry = Entry{{}, IsWsp(text_[at_]), line_, {}};
    int open = 0;
    while (More() && (text_[at_] != '\n' || open > 0)) {
      if (!Step(entry, open)) return false;
    }
    if (open > 0) {
      return Stop("a parenthesis is not closed, so nothing behind it was read");
    }
    if (More()) {
      ++at_;
      ++line_;
    }
    if (!entry.tokens.empty()) return true;
  }
  return false;
}

bool Lexer::Step(Entry& entry, int& open) {
  switch (char c = text_[at_]) {
    case '\n':
      ++line_;
      [[fallthrough]];
    case ' ':
    case '\t':
    case '\r':
      ++at_;
      return true;
    case ';':
      entry.comment = TakeComment();
      return true;
    case '(':
      if (open == 1) return Stop("nested parentheses");
      open = 1;
      ++at_;
      return true;
    case ')':
      if (open == 0) return Stop("a parenthesis was not opened");
      open = 0;
      ++at_;
      return true;
    default:
      Token& token = entry.tokens.emplace_back();
      return c == '"' ? Quoted(token) : Plain(token);
  }
}

bool Lexer::Quoted(Token& token) {
  token.quoted = true;
  for (++at_; More() && text_[at_] != '\n'; ++at_) {
    if (text_[at_] == '"') {
      ++at_;
      return true;
    }
    if (text_[at_] != '\\') {
      token.text += text_[at_];
    } else if (!Escape(token.text)) {
      return false;
    }
  }
  return Stop("a quoted string is not closed on its line");
}

bool Lexer::Plain(Token& token) {
  constexpr std::string_view kEnds = " \t\r\n;()\"";
  for (; More() && kEnds.find(text_[at_]) == kEnds.npos; ++at_) {
    if (text_[at_] != '\\') {
      token.text += text_[at_];
      continue;
    }
    token.quoted = true;
    if (!Escape(token.text)) return false;
  }
  return true;
}

// At a backslash: \DDD is an octet, \X is X.  Leaves the cursor on its last
// character.
bool Lexer::Escape(std::string& out) {
  std::string_view rest = text_.substr(at_ + 1, 3);
  if (rest.empty() || rest[0] == '\n') return Stop("a lone backslash");
  if (!IsDigit(rest[0])) {
    out += rest[0];
    ++at_;
    return true;
  }
  int value = 256;
  if (rest.size() == 3 && IsDigit(rest[1]) && IsDigit(rest[2])) {
    value = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  }
  if (value > 255) return Stop("\\DDD is not an octet");
  out += static_cast<char>(value);
  at_ += 3;
  return true;
}

// "3600" or BIND's "1h30m"; values over 31 bits count as 0 (RFC 2181 8).
std::optional<uint32_t> ParseTtl(std::string_view text) {
  constexpr uint64_t kMax = 0x7FFFFFFF;
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  uint64_t total = 0, number = 0;
  bool unit_missing = false;
  for (char c : text) {
    if (IsDigit(c)) {
      number = std::min(number * 10 + static_cast<uint64_t>(c - '0'), kMax + 1);
      unit_missing = true;
      continue;
    }
    uint64_t factor = 0;
    switch (ToLower(c)) {
      case 'w':
        factor = 7 * 86400;
        break;
      case 'd':
        factor = 86400;
        break;
      case 'h':
        factor = 3600;
        break;
      case 'm':
        factor = 60;
        break;
      case 's':
        factor = 1;
        break;
      default:
        return std::nullopt;
    }
    if (!unit_missing) return std::nullopt;
    total = std::min(total + number * factor, kMax + 1);
    number = 0;
    unit_missing = false;
  }
  total += number;
  return total > kMax ? 0 : static_cast<uint32_t>(total);
}

bool IsClass(std::string_view text) {
  return EqualsIgnoreCase(text, "IN") || EqualsIgnoreCase(text, "CH") ||
         EqualsIgnoreCase(text, "HS") || EqualsIgnoreCase(text, "CS");
}

bool IsKnownType(std::string_view text) {
  for (std::string_view type :
       {"TXT",   "CNAME", "SOA",        "NS",    "A",      "AAAA",  "MX",
        "SRV",   "PTR",   "CAA",        "DS",    "DNSKEY", "RRSIG", "NSEC",
        "NSEC3", "SPF",   "NSEC3PARAM", "TLSA",  "SSHFP",  "NAPTR", "HINFO",
        "DNAME", "CDS",   "CDNSKEY",    "HTTPS", "SVCB",   "TYPE16"}) {
    if (EqualsIgnoreCase(text, type)) return true;
  }
  return false;
}

// Gives the records of a zone their names and keeps TXT and CNAME.
class ZoneReader {
 public:
  explicit ZoneReader(KeyRows& rows) : rows_(rows) {}

  absl::Status Read(const Entry& entry);

 private:
  // Where the type of an entry stands, and what came before it.
  struct Head {
    size_t type = 0;
    std::optional<uint32_t> ttl;
    bool is_in = true;
  };

  absl::Status Directive(const Entry& entry);
  absl::Status ReadHead(const Entry& entry, Head& head);
  absl::Status ReadTxt(const Entry& entry, const Head& head);
  absl::Status ReadCname(const Entry& entry, const Head& head);
  // The name a token stands for; empty for a wildcard.
  absl::Status Resolve(const Token& token, const std::string& origin,
                       std::string& name) const;

  KeyRows& rows_;
  std::optional<std::string> origin_;
  std::optional<uint32_t> default_ttl_;
  std::optional<uint32_t> last_ttl_;
  std::optional<Token> owner_;  // as written; resolved where it is needed
  std::string owner_origin_;    // $ORIGIN when it was written; "": none
};

absl::Status ZoneReader::Directive(const Entry& entry) {
  const std::string& word = entry.tokens[0].text;
  if (EqualsIgnoreCase(word, "$INCLUDE") ||
      EqualsIgnoreCase(word, "$GENERATE")) {
    return Fault(word + " is not supported: give the whole zone");
  }
  if (entry.tokens.size() < 2) return Fault(word + " lacks its value");
  const Token& value = entry.tokens[1];
  if (EqualsIgnoreCase(word, "$TTL")) {
    default_ttl_ = ParseTtl(value.text);
    return default_ttl_ ? absl::OkStatus() : Fault("$TTL is not a time");
  }
  if (EqualsIgnoreCase(word, "$DATE")) return absl::OkStatus();  // BIND's dumps
  if (!EqualsIgnoreCase(word, "$ORIGIN")) {
    return Fault("unknown directive " + word.substr(0, 20));
  }
  if (value.text == ".") {
    origin_ = ".";
    return absl::OkStatus();
  }
  std::string name;
  absl::Status status = Resolve(value, origin_.value_or(""), name);
  if (status.ok() && name.empty()) {
    status = Fault("$ORIGIN is not a domain name");
  }
  if (status.ok()) origin_ = name + ".";
  return status;
}

absl::Status ZoneReader::Resolve(const Token& token, const std::string& origin,
                                 std::string& name) const {
  name.clear();
  bool at = token.text == "@" && !token.quoted;
  if (token.text == "*" || token.text.starts_with("*.")) {
    return absl::OkStatus();
  }
  std::string full = at ? origin : token.text;
  if (at || !full.ends_with('.')) {
    if (origin.empty()) {
      return Fault(
          "a relative name without $ORIGIN before it; write $ORIGIN "
          "example.com. above it, or the whole name with a dot at its end");
    }
    if (!at) full += origin == "." ? "." : "." + origin;
  }
  std::optional<std::string> normal = WrittenName(full);
  if (!normal) return Fault("not a DNS name");
  name = *std::move(normal);
  return absl::OkStatus();
}

// opendkim-genkey, without -F: "; ----- DKIM key SELECTOR for DOMAIN".
std::string DomainOfGenkey(std::string_view comment) {
  constexpr std::string_view kKey = "DKIM key ", kFor = " for ";
  const size_t key = comment.find(kKey);
  if (key == comment.npos) return "";
  const size_t of = comment.find(kFor, key);
  if (of == comment.npos) return "";
  const std::string_view domain = TrimFws(comment.substr(of + kFor.size()));
  return NormalName(domain) ? Concat(domain, ".") : std::string();
}

// RFC 1035 5.1: [TTL] [class] type or [class] [TTL] type.
absl::Status ZoneReader::ReadHead(const Entry& entry, Head& head) {
  size_t i = 0;
  if (!entry.starts_blank) {
    owner_ = entry.tokens[i++];
    owner_origin_ = origin_ ? *origin_ : DomainOfGenkey(entry.comment);
  }
  bool class_seen = false;
  for (; i < entry.tokens.size(); ++i) {
    const Token& token = entry.tokens[i];
    if (!class_seen && IsClass(token.text)) {
      class_seen = true;
      head.is_in = EqualsIgnoreCase(token.text, "IN");
    } else if (std::optional<uint32_t> ttl;
               !head.ttl && (ttl = ParseTtl(token.text))) {
      head.ttl = ttl;
    } else {
      break;
    }
  }
  if (i == entry.tokens.size()) return Fault("a record without a type");
  if (!owner_) return Fault("a record without a name");
  head.type = i;
  if (head.ttl) last_ttl_ = head.ttl;
  // RFC 2308 4: $TTL; RFC 1035 5.1: else the last one stated.
  if (!head.ttl) head.ttl = default_ttl_ ? default_ttl_ : last_ttl_;
  return absl::OkStatus();
}

std::optional<uint8_t> HexOctet(std::string_view digits) {
  const auto value = [](char c) {
    return IsDigit(c) ? c - '0' : ToLower(c) - 'a' + 10;
  };
  const auto is_hex = [](char c) {
    return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'f');
  };
  if (!is_hex(digits[0]) || !is_hex(digits[1])) return std::nullopt;
  return static_cast<uint8_t>(value(digits[0]) * 16 + value(digits[1]));
}

// RFC 3597 5: "\# LENGTH HEX..." of a TXT record, whose strings are an octet
// of length and so many octets each; joined.
std::optional<std::string> JoinUnknown(std::span<const Token> tokens) {
  std::string hex, wire, joined;
  for (size_t i = 1; i < tokens.size(); ++i) hex += tokens[i].text;
  if (tokens.empty() || hex.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const auto octet = HexOctet(std::string_view(hex).substr(i, 2));
    if (!octet) return std::nullopt;
    wire += static_cast<char>(*octet);
  }
  if (tokens[0].text != std::to_string(wire.size())) return std::nullopt;
  for (size_t i = 0; i < wire.size();) {
    const size_t size = static_cast<uint8_t>(wire[i]);
    if (++i + size > wire.size()) return std::nullopt;
    joined.append(wire, i, size);
    i += size;
  }
  return joined;
}

absl::Status ZoneReader::ReadTxt(const Entry& entry, const Head& head) {
  std::string name, text;
  absl::Status status = Resolve(*owner_, owner_origin_, name);
  if (!status.ok() || name.empty()) return status;
  const auto data = std::span(entry.tokens).subspan(head.type + 1);
  if (data.empty()) return Fault("TXT without a string");
  if (data[0].text == "#" && data[0].quoted) {
    const auto joined = JoinUnknown(data.subspan(1));
    if (!joined) return Fault("TXT \\# does not hold what it announces");
    text = *joined;
  } else {
    for (const Token& token : data) text += token.text;  // RFC 6376 3.6.2.2
    if (!entry.comment.empty() && !data.back().quoted && !IsKeyText(text)) {
      return Fault(
          "a semicolon outside of quotes begins a comment; write the record "
          "in \"quotes\"");
    }
  }
  rows_.Add(name, text, KeyRows::Text::kVerbatim);
  rows_.AddTtl(name, head.ttl.value_or(0));
  return absl::OkStatus();
}

absl::Status ZoneReader::ReadCname(const Entry& entry, const Head& head) {
  std::string name, target;
  absl::Status status = Resolve(*owner_, owner_origin_, name);
  if (!status.ok() || name.empty()) return status;
  if (head.type + 2 != entry.tokens.size()) {
    return Fault("CNAME takes one name");
  }
  status = Resolve(entry.tokens[head.type + 1], origin_.value_or(""), target);
  if (!status.ok()) return status;
  return rows_.AddAlias(name, target, head.ttl.value_or(0))
             ? absl::OkStatus()
             : Fault("a second CNAME for one name");
}

absl::Status ZoneReader::Read(const Entry& entry) {
  const Token& first = entry.tokens[0];
  if (!entry.starts_blank && !first.quoted && first.text.starts_with('$')) {
    return Directive(entry);
  }
  Head head;
  absl::Status status = ReadHead(entry, head);
  if (!status.ok()) return status;
  const std::string& type = entry.tokens[head.type].text;
  if (!head.is_in) return absl::OkStatus();
  if (EqualsIgnoreCase(type, "TXT") || EqualsIgnoreCase(type, "TYPE16")) {
    return ReadTxt(entry, head);
  }
  if (EqualsIgnoreCase(type, "CNAME")) return ReadCname(entry, head);
  return absl::OkStatus();
}

}  // namespace

bool LooksLikeZoneLine(std::string_view line) {
  if (line.empty()) return false;
  if (IsWsp(line[0]) || line[0] == ';' || line[0] == '(' || line[0] == '$') {
    return true;
  }
  constexpr size_t kEnough = 5;  // name, TTL, class, type, "("
  bool is_name = true;
  for (size_t words = 0; words < kEnough; ++words) {
    size_t begin = line.find_first_not_of(" \t(");
    if (begin == line.npos) return false;
    line.remove_prefix(begin);
    std::string_view word = line.substr(0, line.find_first_of(" \t(\r"));
    line.remove_prefix(word.size());
    if (!is_name && IsKnownType(word)) return true;
    if (!is_name && !IsClass(word) && !ParseTtl(word)) return false;
    is_name = false;
  }
  return false;
}

void ReadZone(std::string_view text, KeyRows& rows) {
  const size_t before = rows.line() - 1;
  Lexer lexer(text);
  ZoneReader reader(rows);
  Entry entry;
  for (bool more = true; more;) {
    more = lexer.Next(entry);
    rows.SetLine(before + entry.line);
    absl::Status status = more ? reader.Read(entry) : lexer.status();
    if (status.ok()) continue;
    rows.LeaveOut(std::string(status.message()));
    more = true;  // behind a line that can't be read
  }
}

std::optional<std::string> JoinStrings(std::string_view rdata) {
  Lexer lexer(rdata);
  Entry entry;
  if (!lexer.Next(entry)) return std::nullopt;
  std::string joined;
  for (const Token& token : entry.tokens) joined += token.text;
  if (lexer.Next(entry) || !lexer.status().ok()) return std::nullopt;
  return joined;
}

}  // namespace mailassay::keys
