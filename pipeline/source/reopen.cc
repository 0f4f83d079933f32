// One message again, by its place.
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "lib/audit/segment_examiner.h"
#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/container.h"
#include "pipeline/source/content_length.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/long_message.h"
#include "pipeline/source/opened.h"
#include "pipeline/source/source.h"

namespace mailassay::source {
namespace {

using mail::ContentKind;

// FILE@... of a report: the longest path that exists, then "!", then a member.
struct Place {
  std::string path;
  std::string member;  // empty: the file itself
};

bool IsHex(char c) {
  return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'f');
}

void AppendUtf8(uint32_t c, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | (c >> shift & 0x3F)));
  };
  if (c < 0x800) {
    out->push_back(static_cast<char>(0xC0 | c >> 6));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | c >> 12));
    tail(6);
  } else {
    out->push_back(static_cast<char>(0xF0 | (c >> 18 & 7)));
    tail(12);
    tail(6);
  }
  tail(0);
}

// Undoes SafeText: turns each \xNN and \u{XXXX} back into the octets that it
// stands for.
std::string FromShown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool octet = text.starts_with("\\x");
    const size_t begin = octet ? 2 : 3;
    if (octet || text.starts_with("\\u{")) {
      size_t end = begin;
      while (end < text.size() && end < begin + (octet ? 2 : 6) &&
             IsHex(text[end])) {
        ++end;
      }
      uint32_t value = 0;
      std::from_chars(text.data() + begin, text.data() + end, value, 16);
      if (octet && end == begin + 2) {
        out.push_back(static_cast<char>(value));
        text.remove_prefix(end);
        continue;
      }
      if (!octet && value >= 0x80 && text.substr(end).starts_with('}')) {
        AppendUtf8(value, &out);
        text.remove_prefix(end + 1);
        continue;
      }
    }
    out.push_back(text.front());
    text.remove_prefix(1);
  }
  return out;
}

bool IsRegularFile(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::optional<Place> FindPlace(std::string_view file) {
  for (size_t end = file.size(); end != std::string_view::npos && end > 0;
       end = file.rfind('!', end - 1)) {
    const std::string path(file.substr(0, end));
    for (const std::string& named : {path, FromShown(path)}) {
      if (!IsRegularFile(named)) continue;
      return Place{named,
                   std::string(file.substr(std::min(end + 1, file.size())))};
    }
  }
  return std::nullopt;
}

absl::Status NotThere(std::string_view file, std::string_view what) {
  return absl::NotFoundError(Concat(file, ": ", what));
}

// Keeps alive what the stream reads from.
struct Source {
  std::unique_ptr<Container> container;
  Opened opened;
  std::string file;
  std::string archive;
};

// The member of that name; `shown`: as tables show it.
bool FindMember(const Place& place, bool shown, const ReadOptions& options,
                Source* source) {
  while (auto member = source->container->Next()) {
    if (member->error) continue;
    const std::string_view name =
        std::string_view(member->file).substr(place.path.size() + 1);
    if (shown ? SafeText(name) != place.member : name != place.member) continue;
    source->opened = OpenMember(std::move(member->stream), options);
    source->file = member->file;
    source->archive = place.path;
    return true;
  }
  return false;
}

absl::StatusOr<Source> OpenFileOf(const Place& place,
                                  const ReadOptions& options) {
  auto input = FileInput::OpenNamed(place.path);
  if (!input.ok()) return input.status();
  Source source;
  source.file = place.path;
  source.opened = OpenFile(ReadHead(*std::move(input)), options);
  const ContentKind kind = source.opened.kind;
  if (kind != ContentKind::kTar && kind != ContentKind::kZip) return source;
  FileInput* plain = source.opened.plain.get();
  source.container = std::make_unique<Container>(
      plain ? std::unique_ptr<Stream>(std::move(source.opened.plain))
            : std::unique_ptr<Stream>(std::move(source.opened.stream)),
      plain, kind, place.path, options);
  return source;
}

absl::StatusOr<Source> OpenSource(std::string_view file,
                                  const ReadOptions& options) {
  const auto place = FindPlace(file);
  if (!place) return NotThere(file, "no such file");
  for (const bool shown : {false, true}) {
    auto source = OpenFileOf(*place, options);
    if (!source.ok()) return source;
    if (!source->container) {
      if (!place->member.empty()) return NotThere(file, "not an archive");
      return source;
    }
    if (place->member.empty()) return NotThere(file, "which member?");
    if (FindMember(*place, shown, options, &*source)) return source;
  }
  return NotThere(file, "no such member");
}

absl::Status SkipTo(Stream& stream, uint64_t offset) {
  constexpr size_t kChunk = 1 << 20;
  auto scratch = std::make_unique_for_overwrite<char[]>(kChunk);
  while (stream.position() < offset) {
    const uint64_t left = offset - stream.position();
    auto n = stream.Read(scratch.get(),
                         static_cast<size_t>(std::min<uint64_t>(left, kChunk)));
    if (!n.ok() && !stream.Resume()) return n.status();
    if (n.ok() && *n == 0) break;
  }
  if (stream.position() == offset) return absl::OkStatus();
  return absl::OutOfRangeError("no message begins there");
}

// Reads on until the text has `size` octets or the stream ends.
absl::Status Extend(Stream& stream, size_t size, std::string* text,
                    bool* at_end) {
  if (*at_end || text->size() >= size) return absl::OkStatus();
  const size_t kept = text->size();
  text->resize(size);
  Filled filled = ReadFully(stream, text->data() + kept, size - kept);
  text->resize(kept + filled.size);
  *at_end = filled.at_end;
  return filled.fault;
}

// Octets of the first message of a segment, as they are told when it is read.
size_t FirstMessageEnd(std::string_view segment,
                       const mail::MboxDialect& dialect) {
  audit::SegmentExaminer examiner({}, {}, audit::RawHash::kNone);
  std::optional<uint64_t> length;
  examiner.Examine(nullptr, {}, segment, dialect,
                   [&](const audit::SegmentExaminer::Message& message) {
                     if (!length) length = message.length;
                   });
  return static_cast<size_t>(*length);
}

absl::StatusOr<std::string> ReadToSeparator(Stream& stream,
                                            const mail::MboxDialect& dialect,
                                            std::string text, bool at_end,
                                            size_t max_bytes) {
  for (size_t begin = 1;;) {
    const auto next = mail::FindSeparator(text, begin, at_end, dialect);
    const size_t decided =
        text.size() -
        (at_end ? 0 : std::min(text.size(), mail::kSeparatorWindow));
    if (next && next->from_line <= decided) {
      text.resize(mail::MessageEnd(text, next->from_line, true));
      text.resize(FirstMessageEnd(text, dialect));
      return text;
    }
    if (at_end) {
      text.resize(mail::MessageEnd(text, text.size(), false));
      text.resize(FirstMessageEnd(text, dialect));
      return text;
    }
    if (text.size() > max_bytes + mail::kSeparatorWindow) return text;
    begin = std::max<size_t>(decided, 1);
    const size_t size = 2 * text.size() + (64 << 10);
    if (auto s = Extend(stream, size, &text, &at_end); !s.ok()) return s;
  }
}

absl::StatusOr<std::string> ReadByContentLength(
    Stream& stream, const mail::MboxDialect& dialect, size_t max_bytes) {
  std::string text;
  bool at_end = false;
  size_t needed = 64 << 10;
  while (true) {
    if (auto s = Extend(stream, needed, &text, &at_end); !s.ok()) return s;
    const Landing landing = FindLanding(text, 0, at_end, dialect);
    if (landing.state == Landing::kYes) return text.substr(0, landing.end);
    if (landing.state == Landing::kNo) break;
    needed = landing.needed;
  }
  return ReadToSeparator(stream, dialect, std::move(text), at_end, max_bytes);
}

absl::StatusOr<std::string> ReadAll(Stream& stream, size_t max_bytes) {
  std::string text;
  bool at_end = false;
  while (!at_end && text.size() < max_bytes) {
    const size_t size = std::min(max_bytes, 2 * text.size() + (64 << 10));
    if (auto s = Extend(stream, size, &text, &at_end); !s.ok()) return s;
  }
  return text;
}

}  // namespace

absl::StatusOr<MessageAt> FindMessageAt(std::string_view file, uint64_t offset,
                                        uint64_t max_bytes) {
  const ReadOptions options;
  auto source = OpenSource(file, options);
  if (!source.ok()) return source.status();
  const ContentKind kind = source->opened.kind;
  if (!mail::IsMail(kind)) {
    return NotThere(file, mail::ContentKindLabel(kind));
  }
  HeadedStream& stream = *source->opened.stream;
  if (kind == ContentKind::kEmlx) {
    // What stands behind the message is none of it.
    const mail::EmlxStart start = EmlxStartOf(stream);
    const uint64_t end = start.message + start.size;
    max_bytes = std::min(max_bytes, end - std::min(end, offset));
  }
  SkipPreamble(stream, kind);
  const auto most = static_cast<size_t>(max_bytes);
  const mail::MboxDialect dialect = DialectOf(stream);
  const bool by_length =
      kind == ContentKind::kMbox && IsContentLengthMbox(stream, dialect);
  if (absl::Status status = SkipTo(stream, offset); !status.ok()) {
    return absl::Status(status.code(), Concat(file, ": offset ", offset, ": ",
                                              std::string(status.message())));
  }
  absl::StatusOr<std::string> text =
      kind != ContentKind::kMbox ? ReadAll(stream, most)
      : by_length                ? ReadByContentLength(stream, dialect, most)
                  : ReadToSeparator(stream, dialect, {}, false, most);
  if (!text.ok()) return text.status();
  if (text->size() > most) text->resize(most);
  return MessageAt{*std::move(text), source->file, source->archive};
}

absl::StatusOr<std::string> ReadMessageAt(std::string_view file,
                                          uint64_t offset, uint64_t max_bytes) {
  auto message = FindMessageAt(file, offset, max_bytes);
  if (!message.ok()) return message.status();
  return std::move(message->text);
}

}  // namespace mailassay::source
