#include "pipeline/source/opened.h"

#include <algorithm>

#include "pipeline/source/cr_stream.h"
#include "pipeline/source/decompressor.h"
#include "pipeline/source/gzip_stream.h"
#include "pipeline/source/zstd_frames.h"
#include "pipeline/source/zstd_stream.h"

namespace mailassay::source {
namespace {

using mail::ContentKind;

// What DetectContent wants to see.
constexpr size_t kHeadBytes = 64 << 10;
// In a smaller zstd file no thread is worth its start.
constexpr uint64_t kLeastParallel = 1 << 20;

bool IsCompression(ContentKind kind) {
  return kind == ContentKind::kZstd || kind == ContentKind::kGzip ||
         kind == ContentKind::kXz || kind == ContentKind::kBzip2;
}

std::unique_ptr<HeadedStream> Decompress(std::unique_ptr<Stream> in,
                                         ContentKind kind,
                                         const ReadOptions& options) {
  uint64_t ratio = options.max_ratio;
  std::unique_ptr<Stream> out;
  if (kind == ContentKind::kZstd) {
    out = std::make_unique<ZstdStream>(std::move(in));
  } else if (kind == ContentKind::kGzip) {
    ratio += ratio / 10;  // 1,100: mere zeros give gzip 1,030
    out = std::make_unique<GzipStream>(std::move(in));
  } else {
    out = std::make_unique<Decompressor>(std::move(in), kind);
  }
  return std::make_unique<HeadedStream>(
      std::make_unique<LimitedStream>(std::move(out), options.max_output_bytes,
                                      ratio),
      kHeadBytes);
}

std::unique_ptr<HeadedStream> DecompressFrames(std::unique_ptr<FileInput> file,
                                               const ReadOptions& options) {
  const uint64_t memory = std::max<uint64_t>(8 * options.block_bytes, 4 << 20);
  return std::make_unique<HeadedStream>(
      std::make_unique<LimitedStream>(
          std::make_unique<ZstdFrames>(std::move(file),
                                       options.decompress_threads, memory),
          options.max_output_bytes, options.max_ratio),
      kHeadBytes);
}

// Mail in which each line ends with CR alone.
bool IsMailWithCr(std::string_view head) {
  if (head.find('\n') != head.npos || head.find('\r') == head.npos) {
    return false;
  }
  std::string text(head);
  std::replace(text.begin(), text.end(), '\r', '\n');
  const ContentKind kind = mail::DetectContent(text);
  return kind == ContentKind::kMbox || kind == ContentKind::kMessage;
}

Opened Describe(std::unique_ptr<HeadedStream> stream, bool compressed) {
  Opened opened;
  if (IsMailWithCr(stream->head())) {
    opened.converted = true;
    stream = std::make_unique<HeadedStream>(
        std::make_unique<CrStream>(std::move(stream)), kHeadBytes);
  }
  opened.kind = mail::DetectContent(stream->head());
  opened.compressed = compressed;
  opened.nested = compressed && IsCompression(opened.kind);
  opened.stream = std::move(stream);
  return opened;
}

Opened OpenHeaded(std::unique_ptr<HeadedStream> stream,
                  const ReadOptions& options) {
  const ContentKind kind = mail::DetectContent(stream->head());
  if (!IsCompression(kind)) return Describe(std::move(stream), false);
  return Describe(Decompress(std::move(stream), kind, options), true);
}

}  // namespace

HeadedFile ReadHead(std::unique_ptr<FileInput> file) {
  FileInput* const plain = file.get();
  const uint64_t size = plain->regular()
                            ? std::min<uint64_t>(kHeadBytes, plain->size() + 1)
                            : kHeadBytes;
  return {.stream = std::make_unique<HeadedStream>(std::move(file),
                                                   static_cast<size_t>(size)),
          .file = plain};
}

Opened OpenFile(HeadedFile file, const ReadOptions& options) {
  std::unique_ptr<HeadedStream> stream = std::move(file.stream);
  if (!file.file->regular()) return OpenHeaded(std::move(stream), options);
  const ContentKind kind = mail::DetectContent(stream->head());
  const bool parallel =
      kind == ContentKind::kZstd && file.file->size() >= kLeastParallel;
  if (kind != ContentKind::kTar && kind != ContentKind::kZip && !parallel) {
    return OpenHeaded(std::move(stream), options);
  }
  std::unique_ptr<FileInput> again(
      static_cast<FileInput*>(stream->TakeBase().release()));
  again->Seek(0);
  if (parallel) {
    return Describe(DecompressFrames(std::move(again), options), true);
  }
  Opened opened;
  opened.kind = kind;
  opened.plain = std::move(again);
  return opened;
}

Opened OpenMember(std::unique_ptr<Stream> member, const ReadOptions& options) {
  return OpenHeaded(
      std::make_unique<HeadedStream>(std::move(member), kHeadBytes), options);
}

// Of no more than these octets, whatever else was looked at before.
mail::MboxDialect DialectOf(HeadedStream& stream) {
  const size_t begin = stream.given();
  const size_t more = mail::DialectHead(stream.head().substr(begin));
  if (more > 0) stream.Head(more);
  return mail::ReadDialect(
      stream.head().substr(0, std::max(more, kHeadBytes)).substr(begin));
}

mail::EmlxStart EmlxStartOf(const HeadedStream& stream) {
  const std::string_view head = stream.head();
  const size_t mark = head.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  auto start = mail::ReadEmlxStart(head.substr(mark), stream.head_is_all());
  if (!start) return {};
  start->message += mark;
  return *start;
}

void SkipPreamble(HeadedStream& stream, ContentKind kind) {
  const std::string_view head = stream.head();
  const size_t mark = head.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const auto ends_line = [](char c) { return c == '\r' || c == '\n'; };
  size_t size = mark;
  if (kind == ContentKind::kMbox) {
    size = mail::Preamble(head);
  } else if (kind == ContentKind::kEmlx) {
    size = EmlxStartOf(stream).message;
  } else {
    while (size < head.size() && ends_line(head[size])) ++size;
  }
  stream.Skip(size - stream.given());
}

}  // namespace mailassay::source
