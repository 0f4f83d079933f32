#include "bench/archive_writer.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "bench/mail_date.h"

namespace mailassay::bench {
namespace {

bool LooksLikeFromLine(std::string_view line) {
  const size_t quotes = line.find_first_not_of('>');
  return quotes != line.npos && line.substr(quotes).starts_with("From ");
}

std::string_view LineEnd(ArchiveFormat format) {
  const bool lf =
      format == ArchiveFormat::kMbox || format == ArchiveFormat::kMaildir;
  return lf ? "\n" : "\r\n";
}

std::string Numbered(uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0') + digits;
}

}  // namespace

std::optional<ArchiveFormat> ParseArchiveFormat(std::string_view name) {
  if (name == "mbox") return ArchiveFormat::kMbox;
  if (name == "mbox-crlf") return ArchiveFormat::kMboxCrlf;
  if (name == "maildir") return ArchiveFormat::kMaildir;
  if (name == "eml") return ArchiveFormat::kEml;
  return std::nullopt;
}

std::string Stored(ArchiveFormat format, std::string_view text) {
  if (format == ArchiveFormat::kEml) return std::string(text);
  const std::string_view line_end = LineEnd(format);
  const bool quote = format != ArchiveFormat::kMaildir;
  std::string out;
  out.reserve(text.size() + 64);
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    if (quote && LooksLikeFromLine(line)) out += '>';
    out += line;
    out += line_end;
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
  }
  return out;
}

ArchiveWriter::ArchiveWriter(std::string directory, ArchiveFormat format)
    : directory_(std::move(directory)), format_(format) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (format_ == ArchiveFormat::kMaildir) {
    for (const char* folder : {"cur", "new", "tmp"}) {
      std::filesystem::create_directories(directory_ + "/archive/" + folder,
                                          error);
    }
  } else if (format_ == ArchiveFormat::kEml) {
    std::filesystem::create_directories(directory_ + "/archive", error);
  }
  if (is_mbox()) {
    name_ = "archive.mbox";
    archive_ = Create(directory_ + "/" + name_);
  }
  truth_ = Create(directory_ + "/truth.tsv");
  Write(truth_, "number\tfile\toffset\tclass\treasons\tfrom_domain\n");
}

void ArchiveWriter::Add(const MadeMessage& message, std::string_view stored) {
  Begin(message);
  Append(stored);
  End(message);
}

void ArchiveWriter::Begin(const MadeMessage& message) {
  ++number_;
  if (is_mbox()) {
    const std::string from_line = "From " + message.envelope_from + " " +
                                  FromLineDate(message.received_at) +
                                  std::string(LineEnd(format_));
    Write(archive_, from_line);
    bytes_ += from_line.size();
    offset_ = bytes_;
    return;
  }
  name_ = MessageName(message);
  archive_ = Create(directory_ + "/" + name_);
  offset_ = 0;
}

void ArchiveWriter::Append(std::string_view stored) {
  Write(archive_, stored);
  bytes_ += stored.size();
}

void ArchiveWriter::End(const MadeMessage& message) {
  if (is_mbox()) {
    Append(LineEnd(format_));
  } else {
    CloseFile(archive_);
  }
  WriteTruth(message);
  for (const KeyUse& use : message.keys) {
    keys_.try_emplace(use.sender->KeyName(use.publication), use);
  }
}

bool ArchiveWriter::Finish() {
  if (is_mbox()) CloseFile(archive_);
  CloseFile(truth_);
  File keys = Create(directory_ + "/keys.tsv");
  for (const auto& [name, use] : keys_) {
    const auto record = use.sender->Record(use.publication);
    if (record) Write(keys, name + "\t" + *record + "\n");
  }
  CloseFile(keys);
  return ok_;
}

ArchiveWriter::File ArchiveWriter::Create(const std::string& path) {
  File file(ok_ ? std::fopen(path.c_str(), "wb") : nullptr);
  ok_ = ok_ && file != nullptr;
  return file;
}

void ArchiveWriter::Write(const File& file, std::string_view text) {
  ok_ = ok_ &&
        std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
}

void ArchiveWriter::CloseFile(File& file) {
  if (file != nullptr && std::fclose(file.release()) != 0) ok_ = false;
}

std::string ArchiveWriter::MessageName(const MadeMessage& message) const {
  if (format_ == ArchiveFormat::kEml) {
    return "archive/" + Numbered(number_) + ".eml";
  }
  return "archive/cur/" + std::to_string(message.received_at) + ".M" +
         Numbered(number_) + ".host:2,S";
}

void ArchiveWriter::WriteTruth(const MadeMessage& message) {
  std::string line = std::to_string(number_) + "\t" + name_ + "\t" +
                     std::to_string(offset_) + "\t" + message.message_class +
                     "\t";
  for (size_t i = 0; i < message.reasons.size(); ++i) {
    line += (i == 0 ? "" : ";") + message.reasons[i];
  }
  Write(truth_, line + "\t" + message.from_domain + "\n");
}

}  // namespace mailassay::bench
