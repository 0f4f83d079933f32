#include "pipeline/keys/key_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "pipeline/keys/answer.h"
#include "pipeline/keys/archive_json.h"
#include "pipeline/keys/key_json.h"
#include "pipeline/keys/zone_file.h"

namespace mailassay::keys {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Takes the first line off `text`, without its LF or CRLF.
std::string_view TakeLine(std::string_view& text) {
  size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == line.npos;
}

// "name TAB record".
absl::Status ReadTabLine(std::string_view line, AnswerList& answers) {
  if (IsBlank(line) || line.starts_with('#')) return absl::OkStatus();
  size_t tab = line.find('\t');
  if (tab == line.npos) {
    return absl::InvalidArgumentError("expected name, TAB, record");
  }
  std::optional<std::string> name = NormalName(line.substr(0, tab));
  if (!name) return absl::InvalidArgumentError("not a DNS name before the TAB");
  return AddTextOrOutcome(*name, line.substr(tab + 1), answers);
}

absl::Status ReadJsonLine(std::string_view line, AnswerList& answers) {
  return IsBlank(line) ? absl::OkStatus() : ReadKeyLine(line, answers);
}

absl::Status ReadPassiveDnsLine(std::string_view line, AnswerList& answers) {
  return IsBlank(line) ? absl::OkStatus() : ReadPassiveDns(line, answers);
}

using LineReader = absl::Status (*)(std::string_view, AnswerList&);

absl::Status ReadLines(std::string_view text, LineReader read,
                       AnswerList& answers) {
  for (size_t number = 1; !text.empty(); ++number) {
    absl::Status status = read(TakeLine(text), answers);
    if (status.ok()) continue;
    return absl::InvalidArgumentError("line " + std::to_string(number) + ": " +
                                      std::string(status.message()));
  }
  return absl::OkStatus();
}

absl::Status ReadJson(std::string_view text, std::string_view first,
                      AnswerList& answers) {
  if (LooksLikeKeyLine(first)) return ReadLines(text, ReadJsonLine, answers);
  if (LooksLikePassiveDns(first)) {
    return ReadLines(text, ReadPassiveDnsLine, answers);
  }
  return LooksLikeThunderbird(text) ? ReadThunderbird(text, answers)
                                    : ReadKeyObject(text, answers);
}

// The form shows in the first line that says anything.
absl::Status ReadAnyForm(std::string_view text, AnswerList& answers) {
  std::string_view rest = text;
  std::string_view line;
  while (!rest.empty() && (IsBlank(line) || line.starts_with('#'))) {
    line = TakeLine(rest);
  }
  size_t first = line.find_first_not_of(" \t");
  char begin = first == line.npos ? '\0' : line[first];
  if (begin == '[') return ReadKeyArchive(text, answers);
  if (begin == '{') return ReadJson(text, line, answers);
  return LooksLikeZoneLine(line) ? ReadZone(text, answers)
                                 : ReadLines(text, ReadTabLine, answers);
}

}  // namespace

absl::StatusOr<std::vector<dkim::KeyAnswer>> ParseKeyFile(
    std::string_view text, std::string_view source) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  AnswerList answers("import:" + std::string(source));
  absl::Status status = ReadAnyForm(text, answers);
  if (!status.ok()) {
    return absl::InvalidArgumentError(std::string(source) + ": " +
                                      std::string(status.message()));
  }
  return std::move(answers).Take();
}

absl::StatusOr<std::vector<dkim::KeyAnswer>> ReadKeyFile(
    const std::string& path) {
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
  return ParseKeyFile(text, path);
}

}  // namespace mailassay::keys
