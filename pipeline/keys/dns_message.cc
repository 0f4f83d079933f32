#include "pipeline/keys/dns_message.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lib/base/ascii.h"

namespace mailassay::keys {
namespace {

using dkim::KeyStatus;

constexpr uint16_t kTypeCname = 5;
constexpr uint16_t kTypeTxt = 16;
constexpr uint16_t kClassIn = 1;
constexpr size_t kMaxWireName = 255;  // RFC 1035 2.3.4

// A cursor over the message.  Once it has run over the end, or met a malformed
// name, `ok` is false and all it returns is empty.
class Reader {
 public:
  explicit Reader(std::string_view message) : message_(message) {}

  bool ok() const { return ok_; }
  size_t position() const { return at_; }

  uint16_t U16() {
    std::string_view b = Bytes(2);
    return b.empty() ? uint16_t{0}
                     : static_cast<uint16_t>(Octet(b[0]) << 8 | Octet(b[1]));
  }
  uint32_t U32() {
    uint32_t high = U16();
    return high << 16 | U16();
  }
  std::string_view Bytes(size_t n) {
    if (!ok_ || n > message_.size() - at_) {
      ok_ = false;
      return {};
    }
    std::string_view bytes = message_.substr(at_, n);
    at_ += n;
    return bytes;
  }
  std::string Name();

 private:
  static unsigned Octet(char c) { return static_cast<unsigned char>(c); }
  static void AppendLabel(std::string_view label, std::string& text);

  std::string_view message_;
  size_t at_ = 0;
  bool ok_ = true;
};

void Reader::AppendLabel(std::string_view label, std::string& text) {
  if (!text.empty()) text += '.';
  for (char c : label) {
    if (IsAlnum(c) || c == '-' || c == '_') {
      text += ToLower(c);
      continue;
    }
    unsigned value = Octet(c);
    text += '\\';
    text += static_cast<char>('0' + value / 100);
    text += static_cast<char>('0' + value / 10 % 10);
    text += static_cast<char>('0' + value % 10);
  }
}

// RFC 1035 4.1.4.  A pointer must lead to before the place where the piece of
// name it ends began, so the walk ends whatever the octets are.
std::string Reader::Name() {
  std::string text;
  size_t wire_length = 1;
  size_t piece = at_;
  std::optional<size_t> resume;
  while (ok_) {
    std::string_view first = Bytes(1);
    if (first.empty()) break;
    unsigned length = Octet(first[0]);
    if (length == 0) break;
    if (length >= 0xC0) {
      std::string_view second = Bytes(1);
      if (second.empty()) break;
      size_t target = (length & 0x3F) << 8 | Octet(second[0]);
      if (!resume) resume = at_;
      ok_ = target < piece;
      at_ = piece = target;
      continue;
    }
    // RFC 1035 4.1.4: label types 01 and 10 are reserved (RFC 6891 5 gave up
    // the one that was tried).
    wire_length += length + 1;
    if (length > 63 || wire_length > kMaxWireName) ok_ = false;
    AppendLabel(Bytes(length), text);
  }
  if (resume && ok_) at_ = *resume;
  return ok_ ? text : std::string();
}

struct Txt {
  std::string text;
  uint32_t ttl;
};
struct Cname {
  std::string target;
  uint32_t ttl;
};

struct Answers {
  absl::flat_hash_map<std::string, Cname> cnames;
  absl::flat_hash_map<std::string, std::vector<Txt>> txts;
};

// RFC 1035 3.3.14: one or more character-strings that fill the data.
std::optional<std::string> JoinStrings(std::string_view data) {
  if (data.empty()) return std::nullopt;
  std::string joined;
  while (!data.empty()) {
    size_t length = static_cast<unsigned char>(data[0]);
    if (length >= data.size()) return std::nullopt;
    joined += data.substr(1, length);
    data.remove_prefix(1 + length);
  }
  return joined;
}

// Reads one resource record; false when it is malformed.
bool ReadRecord(Reader& reader, Answers& answers) {
  std::string owner = reader.Name();
  uint16_t type = reader.U16();
  uint16_t rr_class = reader.U16();
  uint32_t ttl = reader.U32();
  if (ttl > 0x7FFFFFFF) ttl = 0;  // RFC 2181 8
  uint16_t length = reader.U16();
  if (rr_class == kClassIn && type == kTypeCname) {
    size_t begin = reader.position();
    std::string target = reader.Name();
    // RFC 2181 10.1: one CNAME a name; the first stands.
    answers.cnames.try_emplace(std::move(owner), Cname{std::move(target), ttl});
    return reader.ok() && reader.position() - begin == length;
  }
  std::string_view data = reader.Bytes(length);
  if (!reader.ok()) return false;
  if (rr_class != kClassIn || type != kTypeTxt) return true;
  std::optional<std::string> text = JoinStrings(data);
  if (!text) return false;
  answers.txts[std::move(owner)].push_back({*std::move(text), ttl});
  return true;
}

// Follows the CNAMEs from `name`; the status is kFound unless they loop or are
// too many.  Returns the name at their end.
std::string FollowCnames(const Answers& answers, std::string name,
                         TxtResponse& response) {
  absl::flat_hash_set<std::string> seen = {name};
  for (auto link = answers.cnames.find(name); link != answers.cnames.end();
       link = answers.cnames.find(name)) {
    name = link->second.target;
    response.ttl = std::min(response.ttl, link->second.ttl);
    if (response.cname_chain.size() < dkim::kMaxCnames) {
      response.cname_chain.push_back(name);
    } else {
      response.status = KeyStatus::kCnameLimit;
    }
    if (!seen.insert(name).second) {
      response.status = KeyStatus::kCnameLoop;
      break;
    }
  }
  return name;
}

KeyStatus StatusOfRcode(unsigned rcode) {
  switch (rcode) {
    case 0:
      return KeyStatus::kNoData;
    case 3:
      return KeyStatus::kNxDomain;
    case 5:
      return KeyStatus::kRefused;
    default:
      return KeyStatus::kServfail;
  }
}

void TakeTexts(const std::vector<Txt>& txts, TxtResponse& response) {
  if (txts.size() > dkim::kMaxRecords) {
    response.status = KeyStatus::kTxtLimit;
    return;
  }
  for (const Txt& txt : txts) {
    response.texts.push_back(txt.text);
    response.ttl = std::min(response.ttl, txt.ttl);
  }
}

void Decide(const Answers& answers, unsigned rcode, std::string_view name,
            TxtResponse& response) {
  response.status = KeyStatus::kFound;
  response.ttl = UINT32_MAX;
  std::string last = FollowCnames(answers, std::string(name), response);
  if (response.status == KeyStatus::kFound) {
    auto txts = answers.txts.find(last);
    if (txts != answers.txts.end() && rcode == 0) {
      TakeTexts(txts->second, response);
    } else {
      response.status = StatusOfRcode(rcode);
    }
  }
  if (response.ttl == UINT32_MAX) response.ttl = 0;
}

// The answers of a whole response to this question; nullopt: it is none.
std::optional<Answers> ReadAnswers(std::string_view message,
                                   std::string_view name, uint16_t type,
                                   unsigned* rcode) {
  Reader reader(message);
  reader.U16();  // ID: libunbound has matched it
  uint16_t flags = reader.U16();
  uint16_t questions = reader.U16();
  uint16_t records = reader.U16();
  reader.Bytes(4);  // authority and additional records say nothing of a key
  constexpr uint16_t kResponse = 0x8000, kOpcode = 0x7800, kTruncated = 0x0200;
  if ((flags & (kResponse | kOpcode | kTruncated)) != kResponse) {
    return std::nullopt;
  }
  if (questions != 1 || reader.Name() != name || reader.U16() != type ||
      reader.U16() != kClassIn) {
    return std::nullopt;
  }
  Answers answers;
  for (; records > 0; --records) {
    if (!ReadRecord(reader, answers)) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  *rcode = flags & 0x0F;
  return answers;
}

}  // namespace

TxtResponse ParseTxtResponse(std::string_view message, std::string_view name) {
  TxtResponse response;
  unsigned rcode = 0;
  const auto answers = ReadAnswers(message, name, kTypeTxt, &rcode);
  if (answers) Decide(*answers, rcode, name, response);
  return response;
}

TxtResponse ParseCnameResponse(std::string_view message,
                               std::string_view name) {
  TxtResponse response;
  unsigned rcode = 0;
  const auto answers = ReadAnswers(message, name, kTypeCname, &rcode);
  if (!answers) return response;
  const auto own = answers->cnames.find(std::string(name));
  if (own == answers->cnames.end() || rcode != 0) {
    response.status = StatusOfRcode(rcode);
    return response;
  }
  response.status = KeyStatus::kFound;
  response.cname_chain = {own->second.target};
  response.ttl = own->second.ttl;
  return response;
}

}  // namespace mailassay::keys
