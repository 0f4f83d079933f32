#include "pipeline/source/zstd_format.h"

#include <algorithm>
#include <array>

#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

constexpr uint32_t kMagic = 0xFD2FB528;
constexpr uint32_t kSkippableMagic = 0x184D2A50;  // and the next 15
constexpr uint64_t kMaxBlock = 128 << 10;
constexpr size_t kBlockHeader = 3;

uint64_t LittleEndian(std::string_view text, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(text[at + i]);
  }
  return value;
}

// RFC 8878 3.1.1.1.2.
uint64_t WindowSize(unsigned char descriptor) {
  const uint64_t base = uint64_t{1} << (10 + (descriptor >> 3));
  return base + base / 8 * (descriptor & 7);
}

absl::StatusOr<size_t> ReadAllAt(const FileInput& file, uint64_t offset,
                                 char* out, size_t size) {
  size_t done = 0;
  while (done < size) {
    auto n = file.ReadAt(offset + done, out + done, size - done);
    if (!n.ok()) return n;
    if (*n == 0) break;
    done += *n;
  }
  return done;
}

}  // namespace

std::optional<FrameHeader> ParseFrameHeader(std::string_view text) {
  if (text.size() < 5) return std::nullopt;
  const auto magic = static_cast<uint32_t>(LittleEndian(text, 0, 4));
  FrameHeader header;
  if ((magic & 0xFFFFFFF0) == kSkippableMagic) {
    if (text.size() < 8) return std::nullopt;
    header.size = 8;
    header.skippable = true;
    header.content = LittleEndian(text, 4, 4);
    return header;
  }
  if (magic != kMagic) return std::nullopt;
  const auto descriptor = static_cast<unsigned char>(text[4]);
  if (descriptor & 0x08) return std::nullopt;  // reserved bit
  const bool single_segment = descriptor & 0x20;
  const size_t dictionary = std::array<size_t, 4>{0, 1, 2, 4}[descriptor & 3];
  size_t content = std::array<size_t, 4>{0, 2, 4, 8}[descriptor >> 6];
  if (content == 0 && single_segment) content = 1;
  size_t at = 5;
  header.size = at + (single_segment ? 0 : 1) + dictionary + content;
  if (text.size() < header.size) return std::nullopt;
  header.checksum = descriptor & 0x04;
  if (!single_segment) {
    header.window = WindowSize(static_cast<unsigned char>(text[at++]));
  }
  at += dictionary;
  if (content > 0) {
    header.content = LittleEndian(text, at, content) + (content == 2 ? 256 : 0);
  }
  if (single_segment) header.window = *header.content;
  return header;
}

size_t FindFrame(std::string_view text, size_t begin) {
  constexpr std::string_view kBytes = "\x28\xB5\x2F\xFD";
  for (size_t at = text.find(kBytes, begin); at != std::string_view::npos;
       at = text.find(kBytes, at + 1)) {
    if (ParseFrameHeader(text.substr(at))) return at;
  }
  return std::string_view::npos;
}

absl::StatusOr<std::optional<Frame>> WalkFrame(const FileInput& file,
                                               uint64_t offset,
                                               uint64_t most_content) {
  std::array<char, kMaxFrameHeader> bytes{};
  auto n = ReadAllAt(file, offset, bytes.data(), bytes.size());
  if (!n.ok()) return n.status();
  if (*n == 0) return std::nullopt;
  const auto header = ParseFrameHeader({bytes.data(), *n});
  if (!header) return Damaged("zstd: no frame begins here");
  Frame frame{.offset = offset, .header = *header};
  uint64_t at = offset + header->size;
  if (header->skippable) {
    frame.size = header->size + *header->content;
    return frame;
  }
  if (header->content.value_or(0) > most_content) return frame;
  const uint64_t most_block = std::min(kMaxBlock, header->window);
  for (bool last = false; !last;) {
    n = ReadAllAt(file, at, bytes.data(), kBlockHeader);
    if (!n.ok()) return n.status();
    if (*n < kBlockHeader) break;  // cut short: decompressing will tell
    const uint64_t block = LittleEndian({bytes.data(), kBlockHeader}, 0, 3);
    last = block & 1;
    const uint64_t size = block >> 3;
    const uint64_t type = block >> 1 & 3;
    at += kBlockHeader + (type == 1 ? 1 : size);  // 1: RLE, one octet
    frame.most_content += type == 2 ? most_block : size;
    const uint64_t most = header->content.value_or(frame.most_content);
    // Empty blocks without end are for the streaming decoder, too.
    if (most > most_content || at - offset > 2 * most + kMaxBlock) {
      return frame;
    }
  }
  if (header->content) frame.most_content = *header->content;
  frame.size = std::min(at + (header->checksum ? 4 : 0), file.size()) - offset;
  return frame;
}

}  // namespace mailassay::source
