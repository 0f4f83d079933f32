#include "pipeline/keys/key_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "pipeline/keys/archive_json.h"
#include "pipeline/keys/bare_key.h"
#include "pipeline/keys/dns_json.h"
#include "pipeline/keys/json_parts.h"
#include "pipeline/keys/key_json.h"
#include "pipeline/keys/lines.h"
#include "pipeline/keys/octodns_zone.h"
#include "pipeline/keys/table_file.h"
#include "pipeline/keys/tool_output.h"
#include "pipeline/keys/utf16.h"
#include "pipeline/keys/zone_file.h"

namespace mailassay::keys {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void ReadOwnLine(std::string_view line, KeyRows& rows) {
  absl::Status read = ReadKeyLine(line, rows.answers());
  if (!read.ok()) rows.LeaveOut(std::string(read.message()));
}

// An object: {name: records}, or DNS records of another shape.
void ReadObject(const nlohmann::json& value, KeyRows& rows) {
  if (value.is_object() && !value.empty() &&
      IsKeyName(value.items().begin().key())) {
    for (const auto& [name, records] : value.items()) {
      ReadKeyMember(name, records, rows);
    }
  } else if (!ReadDnsJson(value, rows)) {
    rows.LeaveOut(
        "no name and record in it; write {\"s._domainkey.example.com\": "
        "\"v=DKIM1; k=rsa; p=...\"}");
  }
}

void ReadJsonLine(std::string_view line, KeyRows& rows) {
  const nlohmann::json value = ParseJson(line);
  if (value.is_discarded()) return rows.LeaveOut("not JSON");
  ReadObject(value, rows);
}

using LineReader = void (*)(std::string_view, KeyRows&);

void ReadLines(std::string_view text, LineReader read, KeyRows& rows) {
  ForEachLine(text, [&](size_t number, std::string_view line) {
    rows.SetLine(number);
    if (!IsBlank(line)) read(line, rows);
  });
}

void ReadElement(const JsonPart& part, KeyRows& rows) {
  if (LooksLikeArchivedKey(part.value)) {
    return ReadArchivedKey(part.value, rows);
  }
  if (!ReadDnsJson(part.value, rows)) {
    rows.LeaveOut(Concat("entry ", part.number, ": no name and record in it"));
  }
}

// The name of the object's first member.
std::string FirstMember(std::string_view text) {
  const size_t begin = text.find('"');
  const size_t end = begin == text.npos ? begin : text.find('"', begin + 1);
  if (end == text.npos) return "";
  return std::string(text.substr(begin + 1, end - begin - 1));
}

// An object that may be no {name: records}.  False: it is none of those.
bool ReadDocument(std::string_view text, KeyRows& rows) {
  const nlohmann::json document = ParseJson(text);
  if (LooksLikeThunderbird(document)) {
    ReadThunderbird(document, rows);
    return true;
  }
  return ReadDnsJson(document, rows);
}

// Of a large file a part at a time.
void ReadParts(std::string_view text, bool is_array, KeyRows& rows) {
  const size_t broken = ForEachPart(text, [&](const JsonPart& part) {
    rows.SetLine(part.line);
    is_array ? ReadElement(part, rows)
             : ReadKeyMember(part.name, part.value, rows);
  });
  if (broken == 0) return;
  rows.SetLine(broken);
  rows.LeaveOut("not JSON");
}

void ReadJson(std::string_view text, std::string_view first, KeyRows& rows) {
  if (LooksLikeKeyLine(first)) return ReadLines(text, ReadOwnLine, rows);
  if (LooksLikePassiveDns(first)) return ReadLines(text, ReadPassiveDns, rows);
  const bool is_array = TrimFws(text).starts_with('[');
  const bool more = TrimFws(text).size() > TrimFws(first).size();
  if (!is_array && more && ParseJson(first).is_object()) {
    return ReadLines(text, ReadJsonLine, rows);
  }
  if (is_array || IsKeyName(FirstMember(text)) || !ReadDocument(text, rows)) {
    ReadParts(text, is_array, rows);
  }
}

// What a file is that is no text; empty: it may be one.
std::string_view BinaryKind(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"SQLite format 3",
       "a SQLite file; --key-history takes a key history, and keys check and "
       "recheck take the directory of an audit"},
      {"\x1F\x8B", "compressed by gzip; decompress it"},
      {"\x28\xB5\x2F\xFD", "compressed by zstd; decompress it"},
      {"\xFD"
       "7zXZ",
       "compressed by xz; decompress it"},
      {"BZh", "compressed by bzip2; decompress it"},
      {"PK\x03\x04", "a zip file or a spreadsheet; write it as CSV text"},
  };
  for (const auto& [begin, kind] : kKinds) {
    if (text.starts_with(begin)) return kind;
  }
  return "";
}

bool LooksLikeComment(std::string_view line) {
  return IsBlank(line) || line.starts_with('#');
}

// The form shows in the first line that says anything.
void ReadAnyForm(std::string_view text, std::string_view path, KeyRows& rows) {
  if (const auto kind = BinaryKind(text); !kind.empty()) {
    return rows.LeaveOut(std::string(kind));
  }
  if (LooksLikePem(text)) return ReadPem(text, path, rows);
  std::string_view rest = text, line;
  while (!rest.empty() && LooksLikeComment(line)) {
    line = TakeLine(rest);
    // The titles of a table may be commented out.
    if (line.starts_with('#') && LooksLikeCsv(line.substr(1))) break;
  }
  const std::string_view word = TrimFws(line);
  if (word.starts_with('{') || word.starts_with('[')) {
    return ReadJson(text, line, rows);
  }
  if (LooksLikeCsv(line)) return ReadCsv(text, rows);
  if (LooksLikeBareRecord(text)) return ReadBareRecord(text, path, rows);
  if (LooksLikeToolLine(line)) return ReadToolOutput(text, rows);
  if (LooksLikeYamlLine(line)) {
    return ReadOctodnsZone(text, DomainOfFile(path), rows);
  }
  LooksLikeZoneLine(line) ? ReadZone(text, rows) : ReadTabLines(text, rows);
}

std::string Place(std::string_view path, const KeyFileFaults::Row& row) {
  if (row.line == 0) return Concat(path, ": ", row.text);
  return Concat(path, ":", row.line, ": ", row.text);
}

bool IsGood(const dkim::KeyAnswer& answer) {
  return answer.status != dkim::KeyStatus::kNotAsked || !answer.records.empty();
}

// Reads the text, which may be of another encoding.
KeyRows ReadText(std::string_view text, std::string_view source) {
  KeyRows rows(Concat(dkim::kFromFile, source));
  const std::optional<std::string> decoded = Utf8OfUtf16(text);
  if (decoded) text = *decoded;
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  ReadAnyForm(text, source, rows);
  rows.FollowAliases();
  rows.NoteSplitRecords();
  return rows;
}

}  // namespace

absl::StatusOr<KeyFile> ParseKeyText(std::string_view text,
                                     std::string_view source) {
  KeyRows rows = ReadText(text, source);
  KeyFile file{std::move(rows.answers()).Take(), rows.faults()};
  const KeyFileFaults::Rows& out = file.faults.of(RowFault::kLeftOut);
  if (out.count > 0 &&
      std::none_of(file.answers.begin(), file.answers.end(), IsGood)) {
    return absl::InvalidArgumentError(Place(source, out.first.front()));
  }
  return file;
}

absl::StatusOr<std::vector<dkim::KeyAnswer>> ParseKeyFile(
    std::string_view text, std::string_view source) {
  KeyRows rows = ReadText(text, source);
  for (const RowFault kind : {RowFault::kLeftOut, RowFault::kMended}) {
    const KeyFileFaults::Rows& faults = rows.faults().of(kind);
    if (faults.count == 0) continue;
    return absl::InvalidArgumentError(Place(source, faults.first.front()));
  }
  return std::move(rows.answers()).Take();
}

absl::StatusOr<KeyFile> ReadKeyFile(const std::string& path) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    return absl::NotFoundError(path + ": " + std::strerror(errno));
  }
  std::string text;
  std::vector<char> piece(1 << 16);
  size_t n;
  while ((n = std::fread(piece.data(), 1, piece.size(), file.get())) > 0) {
    text.append(piece.data(), n);
  }
  if (std::ferror(file.get()) != 0) {  // a directory, for one
    return absl::DataLossError(path + ": " + std::strerror(errno));
  }
  return ParseKeyText(text, path);
}

std::vector<FaultText> DescribeFaults(const KeyFileFaults& faults,
                                      std::string_view path) {
  constexpr std::string_view kWhat[] = {
      " not used", " read otherwise than written",
      " with a record that is no usable key, taken as it is"};
  std::vector<FaultText> texts;
  for (size_t i = 0; i < faults.kinds.size(); ++i) {
    const KeyFileFaults::Rows& rows = faults.kinds[i];
    if (rows.count == 0) continue;
    FaultText& text = texts.emplace_back();
    text.count = Concat(path, ": ", rows.count,
                        rows.count == 1 ? " row" : " rows", kWhat[i]);
    for (const KeyFileFaults::Row& row : rows.first) {
      text.first.push_back(Place(path, row));
    }
    text.more = rows.count - rows.first.size();
  }
  return texts;
}

}  // namespace mailassay::keys
