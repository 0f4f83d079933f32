#include "pipeline/keys/table_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "pipeline/keys/lines.h"
#include "pipeline/keys/zone_file.h"

namespace mailassay::keys {
namespace {

using Text = KeyRows::Text;

// What the columns are called, lower case.
enum class Column : uint8_t {
  kName,
  kDomain,
  kSelector,
  kType,
  kRecord,
  kNone
};

constexpr std::pair<std::string_view, Column> kTitles[] = {
    {"name", Column::kName},
    {"#name", Column::kName},
    {"host", Column::kName},
    {"hostname", Column::kName},
    {"fqdn", Column::kName},
    {"owner", Column::kName},
    {"rrname", Column::kName},
    {"query", Column::kName},
    {"record name", Column::kName},
    {"record_name", Column::kName},
    {"domain", Column::kDomain},
    {"d", Column::kDomain},
    {"d=", Column::kDomain},
    {"sdid", Column::kDomain},
    {"header_d", Column::kDomain},
    {"dkim_domain", Column::kDomain},
    {"selector", Column::kSelector},
    {"s", Column::kSelector},
    {"s=", Column::kSelector},
    {"header_s", Column::kSelector},
    {"dkim_selector", Column::kSelector},
    {"type", Column::kType},
    {"rrtype", Column::kType},
    {"record type", Column::kType},
    {"record_type", Column::kType},
    {"record", Column::kRecord},
    {"value", Column::kRecord},
    {"txt", Column::kRecord},
    {"content", Column::kRecord},
    {"data", Column::kRecord},
    {"rdata", Column::kRecord},
    {"answer", Column::kRecord},
    {"text", Column::kRecord},
    {"key", Column::kRecord},
    {"dkim", Column::kRecord},
    {"dkim_record", Column::kRecord},
    {"txt record", Column::kRecord},
};

Column ColumnOf(std::string_view title) {
  const std::string lower = AsciiLower(TrimFws(title));
  const auto found =
      std::ranges::find(kTitles, lower, [](const auto& t) { return t.first; });
  return found == std::end(kTitles) ? Column::kNone : found->second;
}

// Where each column stands; npos: nowhere.
struct Columns {
  std::array<size_t, static_cast<size_t>(Column::kNone)> at;
  Columns() { at.fill(std::string::npos); }
  size_t Of(Column column) const { return at[static_cast<size_t>(column)]; }
  bool Has(Column column) const { return Of(column) != std::string::npos; }
  bool Suffice() const {
    return Has(Column::kRecord) &&
           (Has(Column::kName) ||
            (Has(Column::kDomain) && Has(Column::kSelector)));
  }
};

using Cells = std::vector<std::string>;

// Takes one record of RFC 4180 off `text`, cells as they are without their
// quotes; a quoted cell may hold line ends.  None: a quote is not closed.
Cells TakeCells(std::string_view& text, char separator) {
  Cells cells(1);
  size_t i = 0;
  bool quoted = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cells.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == separator) {
      cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else {
      cells.back() += c;
    }
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  if (quoted) return {};
  if (cells.back().ends_with('\r')) cells.back().pop_back();
  return cells;
}

Columns ColumnsOf(const Cells& titles) {
  Columns columns;
  for (size_t i = 0; i < titles.size(); ++i) {
    const Column column = ColumnOf(titles[i]);
    if (column == Column::kNone || columns.Has(column)) continue;
    columns.at[static_cast<size_t>(column)] = i;
  }
  return columns;
}

constexpr std::string_view kSeparators = ",;\t";

// The separator by which the line names columns that suffice; '\0': it names
// none.
char SeparatorOfTitles(std::string_view line) {
  for (const char separator : kSeparators) {
    std::string_view rest = line;
    if (ColumnsOf(TakeCells(rest, separator)).Suffice()) return separator;
  }
  return '\0';
}

// The separator behind a key's name at the front.
char SeparatorBehindName(std::string_view line) {
  const size_t quote = line.starts_with('"') ? 1 : 0;
  const size_t end = line.find_first_of(" \t,;\"", quote);
  if (end == line.npos || !IsKeyName(line.substr(0, end))) return '\0';
  const size_t at = end + (line[end] == '"' ? 1 : 0);
  return at < line.size() && kSeparators.find(line[at]) != line.npos ? line[at]
                                                                     : '\0';
}

// Of a table without titles: a name and a record.
Columns NameAndRecord() {
  Columns columns;
  columns.at[static_cast<size_t>(Column::kName)] = 0;
  columns.at[static_cast<size_t>(Column::kRecord)] = 1;
  return columns;
}

// The record, which an unquoted semicolon may have cut into cells.
std::string RecordOf(const Cells& cells, size_t at, char separator) {
  if (at >= cells.size()) return "";
  std::string joined = cells[at];
  if (separator != ';' || IsKeyText(joined)) return joined;
  for (size_t i = at + 1; i < cells.size(); ++i) joined += ";" + cells[i];
  return joined;
}

void ReadCells(const Cells& cells, const Columns& columns, char separator,
               KeyRows& rows) {
  if (cells.empty()) {
    return rows.LeaveOut(
        "a quote is not closed, so nothing behind it was read");
  }
  const auto cell = [&](Column column) {
    const size_t at = columns.Of(column);
    return at < cells.size() ? std::string_view(cells[at]) : std::string_view();
  };
  const std::string whole =
      RecordOf(cells, columns.Of(Column::kRecord), separator);
  const std::string_view record = TrimFws(whole);
  const std::string_view type = TrimFws(cell(Column::kType));
  if (!type.empty() && !EqualsIgnoreCase(type, "TXT")) return;
  if (record.empty() || record == "-") return;  // an empty cell says nothing
  const std::string_view name = TrimFws(cell(Column::kName));
  if (!name.empty()) return rows.Add(name, record, Text::kQuoted);
  const auto made = WrittenName(TrimFws(cell(Column::kSelector)),
                                TrimFws(cell(Column::kDomain)));
  if (made) return rows.Add(*made, record, Text::kQuoted);
  rows.LeaveOut("neither a name nor domain and selector stand in the row");
}

bool LooksLikeRecord(std::string_view text) {
  return text.find("p=") != text.npos || text.starts_with("v=DKIM1");
}

// "domain TAB selector TAB record": the lines of keys list --missing, filled
// in.  True: it was one.
bool ReadThreeColumns(std::string_view domain, std::string_view rest,
                      KeyRows& rows) {
  const size_t tab = rest.find('\t');
  if (tab == rest.npos || IsKeyName(domain)) return false;
  const auto name = WrittenName(rest.substr(0, tab), domain);
  if (!name || !LooksLikeRecord(rest.substr(tab + 1))) return false;
  rows.Add(*name, rest.substr(tab + 1), Text::kWritten);
  return true;
}

void ReadTabLine(std::string_view line, KeyRows& rows) {
  if (IsBlank(line) || line.starts_with('#') || line.starts_with(';')) return;
  if (IsAlnum(line[0]) && LooksLikeZoneLine(line)) return ReadZone(line, rows);
  const size_t tab = line.find('\t');
  if (tab != line.npos) {
    const std::string_view name = line.substr(0, tab);
    const std::string_view rest = line.substr(tab + 1);
    if (ReadThreeColumns(name, rest, rows)) return;
    return rows.Add(name, rest, Text::kWritten);
  }
  const size_t blank = line.find(' ');
  if (blank != line.npos && IsKeyName(line.substr(0, blank))) {
    return rows.Add(line.substr(0, blank), TrimFws(line.substr(blank)),
                    Text::kWritten);
  }
  rows.LeaveOut(LooksLikeRecord(line)
                    ? "a record without its name; write name, TAB, record: "
                      "s._domainkey.example.com TAB v=DKIM1; k=rsa; p=..."
                    : "expected name, TAB, record");
}

}  // namespace

bool LooksLikeCsv(std::string_view line) {
  if (SeparatorOfTitles(line) != '\0') return true;
  const char separator = SeparatorBehindName(line);
  return separator != '\0' && (separator != '\t' || line.starts_with('"'));
}

void ReadTabLines(std::string_view text, KeyRows& rows) {
  ForEachLine(text, [&rows](size_t number, std::string_view line) {
    rows.SetLine(number);
    ReadTabLine(line, rows);
  });
}

void ReadCsv(std::string_view text, KeyRows& rows) {
  size_t line = 1;
  std::optional<Columns> columns;
  char separator = '\0';
  while (!text.empty()) {
    const std::string_view before = text;
    const std::string_view first = before.substr(0, before.find('\n'));
    if (IsBlank(first) || (columns.has_value() && first.starts_with('#'))) {
      TakeLine(text);
      ++line;
      continue;
    }
    if (!columns) {
      separator = SeparatorOfTitles(first);
      const bool titled = separator != '\0';
      if (!titled) separator = SeparatorBehindName(first);
      if (separator == '\0') {  // a comment above the table
        TakeLine(text);
        ++line;
        continue;
      }
      columns =
          titled ? ColumnsOf(TakeCells(text, separator)) : NameAndRecord();
      line += titled ? 1 : 0;
      continue;
    }
    rows.SetLine(line);
    ReadCells(TakeCells(text, separator), *columns, separator, rows);
    line += static_cast<size_t>(std::ranges::count(
        before.substr(0, before.size() - text.size()), '\n'));
  }
}

}  // namespace mailassay::keys
