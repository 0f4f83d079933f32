#include "pipeline/keys/octodns_zone.h"

#include <string>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "pipeline/keys/lines.h"

namespace mailassay::keys {
namespace {

// A scalar without its quotes.
std::string Scalar(std::string_view text) {
  text = TrimFws(text);
  if (text.size() < 2 || text.front() != text.back()) return std::string(text);
  const char quote = text.front();
  if (quote != '"' && quote != '\'') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escapes = quote == '"' ? text[i] == '\\' : text[i] == quote;
    if (escapes && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view domain, KeyRows& rows)
      : domain_(domain), rows_(rows) {}

  void Read(size_t number, std::string_view line);
  void Finish();

 private:
  void ReadMember(size_t number, std::string_view member);

  std::string_view domain_;
  KeyRows& rows_;
  std::string name_;        // the mapping at hand
  bool is_txt_ = false;     // its type
  bool in_values_ = false;  // its items are values
  std::string value_;       // at hand; may go on in the next line
  size_t value_line_ = 0;   // 0: none is
};

// The value at hand is whole.
void Reader::Finish() {
  if (value_line_ == 0) return;
  rows_.SetLine(value_line_);
  value_line_ = 0;
  if (!is_txt_ || !IsKeyName(Concat(name_, "."))) return;
  if (domain_.empty()) {
    return rows_.LeaveOut(
        "octoDNS names the domain by the name of the file alone; name the "
        "file as the domain, example.com.yaml");
  }
  rows_.Add(Concat(name_, ".", domain_), Scalar(value_),
            KeyRows::Text::kQuoted);
}

void Reader::ReadMember(size_t number, std::string_view member) {
  constexpr std::string_view kType = "type:", kValue = "value:",
                             kValues = "values:";
  if (member.starts_with(kType)) {
    is_txt_ = TrimFws(member.substr(kType.size())) == "TXT";
    in_values_ = false;
  } else if (member.starts_with(kValue)) {
    value_ = TrimFws(member.substr(kValue.size()));
    value_line_ = number;
  } else {
    in_values_ = member.starts_with(kValues);
  }
}

void Reader::Read(size_t number, std::string_view line) {
  if (IsBlank(line) || line.starts_with('#') || line == "---") return;
  std::string_view text = TrimFws(line);
  if (!IsWsp(line[0]) && text.ends_with(':')) {
    Finish();
    name_ = Scalar(text.substr(0, text.size() - 1));
    is_txt_ = in_values_ = false;
    return;
  }
  const bool item = text.starts_with("- ");
  if (item) text = TrimFws(text.substr(2));
  const size_t colon = text.find(':');
  const bool member = colon != text.npos && text.find_first_of(" =\"'") > colon;
  if (value_line_ != 0 && !item && !member) {
    value_ += Concat(" ", text);
    return;
  }
  Finish();
  if (member) return ReadMember(number, text);
  if (!item || !in_values_) return;
  value_ = text;
  value_line_ = number;
}

}  // namespace

bool LooksLikeYamlLine(std::string_view line) {
  return line == "---" ||
         (!line.empty() && !IsWsp(line[0]) && TrimFws(line).ends_with(':') &&
          line.find_first_of(" \t") == line.npos);
}

void ReadOctodnsZone(std::string_view text, std::string_view domain,
                     KeyRows& rows) {
  Reader reader(domain, rows);
  ForEachLine(text, [&reader](size_t number, std::string_view line) {
    reader.Read(number, line);
  });
  reader.Finish();
}

}  // namespace mailassay::keys
