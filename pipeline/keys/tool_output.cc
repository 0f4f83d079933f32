#include "pipeline/keys/tool_output.h"

#include <string>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "pipeline/keys/lines.h"

namespace mailassay::keys {
namespace {

using Text = KeyRows::Text;

// The line cut where `middle` stands; false: it does not stand there.
bool Cut(std::string_view line, std::string_view middle,
         std::string_view& before, std::string_view& behind) {
  const size_t at = line.find(middle);
  if (at == line.npos) return false;
  before = TrimFws(line.substr(0, at));
  behind = TrimFws(line.substr(at + middle.size()));
  return !before.empty();
}

// nslookup may put each string on a line of its own.
class Reader {
 public:
  explicit Reader(KeyRows& rows) : rows_(rows) {}

  void Read(size_t number, std::string_view line);
  void Finish();

 private:
  void Begin(size_t number, std::string_view name, std::string_view strings);
  bool ReadAbsence(std::string_view line);

  KeyRows& rows_;
  std::string name_, strings_;  // of the record at hand
  size_t line_ = 1;
};

void Reader::Begin(size_t number, std::string_view name,
                   std::string_view strings) {
  Finish();
  name_ = name;
  strings_ = strings;
  line_ = number;
}

void Reader::Finish() {
  if (name_.empty()) return;
  rows_.SetLine(line_);
  if (strings_.empty()) {
    rows_.LeaveOut("a name without its record");
  } else {
    rows_.Add(name_, strings_, Text::kQuoted);
  }
  name_.clear();
}

// "Host NAME not found: 3(NXDOMAIN)", "** server can't find NAME: NXDOMAIN",
// "NAME has no TXT record".
bool Reader::ReadAbsence(std::string_view line) {
  std::string_view name, rest;
  if (line.starts_with("Host ") &&
      Cut(line.substr(5), " not found: ", name, rest)) {
    if (rest.find("NXDOMAIN") != rest.npos) {
      rows_.AddStatus(name, dkim::KeyStatus::kNxDomain);
    }
    return true;
  }
  if (Cut(line, "server can't find ", name, rest)) {
    const size_t colon = rest.rfind(':');
    if (colon != rest.npos &&
        rest.substr(colon).find("NXDOMAIN") != rest.npos) {
      rows_.AddStatus(rest.substr(0, colon), dkim::KeyStatus::kNxDomain);
    }
    return true;
  }
  if (!Cut(line, " has no TXT record", name, rest)) return false;
  rows_.AddStatus(name, dkim::KeyStatus::kNoData);
  return true;
}

void Reader::Read(size_t number, std::string_view line) {
  const std::string_view trimmed = TrimFws(line);
  if (!name_.empty() && (trimmed.empty() || trimmed.starts_with('"'))) {
    if (!trimmed.empty())
      strings_ += Concat(strings_.empty() ? "" : " ", trimmed);
    return;
  }
  Finish();
  rows_.SetLine(number);
  std::string_view name, rest;
  if (ReadAbsence(line)) return;
  if (Cut(line, " descriptive text ", name, rest) ||
      Cut(line, "text =", name, rest)) {
    return Begin(number, name, rest);
  }
  if (Cut(line, " is an alias for ", name, rest) ||
      Cut(line, "canonical name =", name, rest)) {
    if (!rows_.AddAlias(name, rest, 0)) {
      rows_.LeaveOut("a second CNAME for one name");
    }
  }
}

}  // namespace

bool LooksLikeToolLine(std::string_view line) {
  for (const std::string_view mark :
       {" descriptive text \"", "text =", " is an alias for ",
        "canonical name =", " not found: ", "server can't find ",
        " has no TXT record"}) {
    if (line.find(mark) != line.npos) return true;
  }
  for (const std::string_view begin :
       {"Server:", "Using domain server:", "Non-authoritative answer:"}) {
    if (line.starts_with(begin)) return true;
  }
  return false;
}

void ReadToolOutput(std::string_view text, KeyRows& rows) {
  Reader reader(rows);
  ForEachLine(text, [&reader](size_t number, std::string_view line) {
    reader.Read(number, line);
  });
  reader.Finish();
}

}  // namespace mailassay::keys
