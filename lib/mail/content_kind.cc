#include "lib/mail/content_kind.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "lib/base/ascii.h"
#include "lib/mail/calendar.h"
#include "lib/mail/mbox.h"
#include "lib/mail/message_start.h"

namespace mailassay::mail {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
  ContentKind kind;
  size_t offset;
  std::string_view octets;
};
// clang-format off
constexpr auto kMagics = std::to_array<Magic>({
    {ContentKind::kZstd, 0, "\x28\xB5\x2F\xFD"sv},
    {ContentKind::kGzip, 0, "\x1F\x8B\x08"sv},
    {ContentKind::kXz, 0, "\xFD" "7zXZ\0"sv},
    {ContentKind::kTar, 257, "ustar\0"sv},       // POSIX
    {ContentKind::kTar, 257, "ustar  \0"sv},     // GNU
    {ContentKind::kZip, 0, "PK\x03\x04"sv},
    {ContentKind::kZip, 0, "PK\x05\x06"sv},      // empty
    {ContentKind::kZip, 0, "PK\x07\x08"sv},      // spanned
    {ContentKind::kPst, 0, "!BDN"sv},
    {ContentKind::kDbx, 0, "\xCF\xAD\x12\xFE"sv},
    {ContentKind::kNsf, 0, "\x1A\0\0\x04\0\0"sv},
    {ContentKind::kUwMbx, 0, "*mbx*\r\n"sv},
    {ContentKind::kMmdf, 0, "\1\1\1\1\n"sv},
    {ContentKind::kMmdf, 0, "\1\1\1\1\r\n"sv},
    {ContentKind::kBabyl, 0, "BABYL OPTIONS:"sv},
    {ContentKind::kOle, 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv},
    {ContentKind::kTnef, 0, "\x78\x9F\x3E\x22"sv},
    {ContentKind::kPdf, 0, "%PDF-"sv},
    {ContentKind::kImage, 0, "\x89PNG\r\n\x1A\n"sv},
    {ContentKind::kImage, 0, "\xFF\xD8\xFF"sv},  // JPEG
    {ContentKind::kImage, 0, "GIF87a"sv},
    {ContentKind::kImage, 0, "GIF89a"sv},
    {ContentKind::kImage, 0, "II*\0"sv},         // TIFF
    {ContentKind::kImage, 0, "MM\0*"sv},
    {ContentKind::kSqlite, 0, "SQLite format 3\0"sv},
    {ContentKind::kElf, 0, "\x7F" "ELF"sv},
    {ContentKind::kLz4, 0, "\x04\x22\x4D\x18"sv},
    {ContentKind::kLz4, 0, "\x02\x21\x4C\x18"sv},  // legacy
    {ContentKind::kSevenZip, 0, "7z\xBC\xAF\x27\x1C"sv},
    {ContentKind::kRar, 0, "Rar!\x1A\x07"sv},
    // Mork, the database of Mozilla's .msf files.
    {ContentKind::kMboxIndex, 0, "// <!-- <mdb:mork:z"sv},
    {ContentKind::kMboxIndex, 0, "\xA1\x02\x8B\x0D" "Cyrus mailbox header"sv},
    {ContentKind::kBagIt, 0, "BagIt-Version:"sv},
    {ContentKind::kDesktopFile, 0, "\0\0\0\1Bud1"sv},  // .DS_Store
    {ContentKind::kDesktopFile, 0, "[.ShellClassInfo]"sv},
});
// clang-format on

// What only the name tells.
struct NamedKind {
  ContentKind kind;
  bool ending;  // the name ends so; else it begins so
  std::string_view text;
};
constexpr auto kNamedKinds = std::to_array<NamedKind>({
    {ContentKind::kMboxIndex, false, ".mh_sequences"},
    {ContentKind::kMboxIndex, false, ".mh_profile"},
    {ContentKind::kMboxIndex, false, ".xmhcache"},
    {ContentKind::kMboxIndex, false, ".mew-"},
    {ContentKind::kMboxIndex, false, ".overview"},
    {ContentKind::kMboxIndex, false, ".uidvalidity"},
    {ContentKind::kMboxIndex, false, ".mbsyncstate"},
    {ContentKind::kMboxIndex, false, "courierimap"},
    {ContentKind::kMboxIndex, false, "cyrus."},
    {ContentKind::kMboxIndex, false, "dovecot"},
    {ContentKind::kMboxIndex, false, "dbox-mails"},
    {ContentKind::kMboxIndex, false, "maildirsize"},
    {ContentKind::kMboxIndex, false, "maildirfolder"},
    {ContentKind::kMboxIndex, false, "subscriptions"},
    {ContentKind::kMboxIndex, false, "table_of_contents"},
    {ContentKind::kMboxIndex, true, ".glass"},  // Xapian, for notmuch
    {ContentKind::kMboxIndex, true, ".msf"},
    {ContentKind::kMboxIndex, true, ".snm"},
    {ContentKind::kMboxIndex, true, ".summary"},
    {ContentKind::kMboxIndex, true, ".ev-summary"},
    {ContentKind::kMboxIndex, true, ".cmeta"},
    {ContentKind::kMboxIndex, true, ".toc"},  // Eudora
    {ContentKind::kMboxIndex, true, ".hcache"},
    {ContentKind::kBagIt, false, "bag-info.txt"},
    {ContentKind::kBagIt, false, "fetch.txt"},
    {ContentKind::kBagIt, false, "manifest-"},
    {ContentKind::kBagIt, false, "tagmanifest-"},
    {ContentKind::kDesktopFile, false, "desktop.ini"},
});

bool EndsWithIgnoreCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         EqualsIgnoreCase(text.substr(text.size() - end.size()), end);
}

uint8_t Octet(std::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

bool HasAt(std::string_view text, size_t offset, std::string_view octets) {
  return text.size() >= offset && text.substr(offset).starts_with(octets);
}

// RFC 8878 3.1.2: a skippable frame may stand before the first one.
bool IsZstdSkippable(std::string_view head) {
  return head.size() >= 8 && (Octet(head, 0) & 0xF0) == 0x50 &&
         HasAt(head, 1, "\x2A\x4D\x18"sv);
}

// "BZh", the level, and the magic of a block or of the end of the stream.
bool IsBzip2(std::string_view head) {
  return head.starts_with("BZh") && head.size() >= 10 && head[3] >= '1' &&
         head[3] <= '9' &&
         (HasAt(head, 4, "1AY&SY"sv) || HasAt(head, 4, "\x17rE8P\x90"sv));
}

// The octal number in a tar header's checksum field, or -1.
int64_t TarChecksum(std::string_view field) {
  size_t i = 0;
  while (i < field.size() && field[i] == ' ') ++i;
  const size_t digits = i;
  int64_t value = 0;
  for (; i < field.size() && field[i] >= '0' && field[i] <= '7'; ++i) {
    value = value * 8 + (field[i] - '0');
  }
  return i > digits ? value : -1;
}

// A header of Unix version 7, before "ustar": nothing behind the link name, and
// the checksum is the sum of the octets, with its own field taken as spaces.
bool IsOldTar(std::string_view head) {
  constexpr size_t kHeader = 512, kField = 148, kFieldSize = 8, kUsed = 257;
  if (head.size() < kHeader || head[0] == '\0') return false;
  const std::string_view header = head.substr(0, kHeader);
  if (header.find_first_not_of('\0', kUsed) != header.npos) return false;
  int64_t sum = kFieldSize * ' ';
  for (size_t i = 0; i < kUsed; ++i) {
    if (i < kField || i >= kField + kFieldSize) sum += Octet(header, i);
  }
  return TarChecksum(header.substr(kField, kFieldSize)) == sum;
}

// A bitmap: its header names its own size, one of the few there are.
bool IsBitmap(std::string_view head) {
  return head.starts_with("BM") && head.size() >= 26 &&
         HasAt(head, 6, "\0\0\0\0"sv) &&
         (Octet(head, 14) == 12 || Octet(head, 14) == 40 ||
          Octet(head, 14) == 108 || Octet(head, 14) == 124) &&
         HasAt(head, 15, "\0\0\0"sv);
}

bool IsWebp(std::string_view head) {
  return head.starts_with("RIFF") && HasAt(head, 8, "WEBP"sv);
}

// "2 M1e C5a1b2c3d": version, size of a message's header, time; then such a
// header.
bool IsDbox(std::string_view head) {
  constexpr size_t kMaxLine = 128;
  const size_t lf = head.substr(0, kMaxLine).find('\n');
  if (lf == head.npos || !HasAt(head, lf + 1, "\1\2"sv)) return false;
  return IsDigit(head.front()) &&
         head.substr(0, lf).find(" M") != std::string_view::npos;
}

// "15-Jan-2024 10:00:00 +0000,1234;000000000001": the line before each message
// of UW IMAP's older mtx and Tenex mailboxes.
bool IsUwMtx(std::string_view head) {
  constexpr std::string_view kForm = "00-Jan-0000 00:00:00 +0000,";
  constexpr size_t kMonth = 3, kMonthSize = 3, kSign = 21;
  if (head.size() <= kForm.size()) return false;
  for (size_t i = 0; i < kForm.size(); ++i) {
    const char c = head[i];
    const bool is_blank = i == 0 && c == ' ';
    const bool is_sign = i == kSign && c == '-';
    const bool is_form = kForm[i] == '0' ? IsDigit(c) : c == kForm[i];
    const bool is_month = i >= kMonth && i < kMonth + kMonthSize;
    if (!is_form && !is_month && !is_blank && !is_sign) return false;
  }
  size_t end = kForm.size();
  while (end < head.size() && IsDigit(head[end])) ++end;
  return MonthNamed(head.substr(kMonth, kMonthSize)) && HasAt(head, end, ";");
}

uint32_t LittleEndian(std::string_view text, size_t offset, size_t octets) {
  uint32_t value = 0;
  for (size_t i = octets; i > 0; --i) {
    value = value << 8 | Octet(text, offset + i - 1);
  }
  return value;
}

// A zip file among whose first members one lies in a folder of Outlook for Mac.
// Goes from local header to local header, as far as sizes stand in them.
bool IsOlm(std::string_view head) {
  constexpr size_t kHeader = 30;
  while (head.starts_with("PK\3\4"sv) && head.size() > kHeader) {
    const size_t name = LittleEndian(head, 26, 2);
    if (head.substr(kHeader, name).find("com.microsoft.__") != head.npos) {
      return true;
    }
    constexpr uint32_t kSizeFollows = 1 << 3;
    if ((LittleEndian(head, 6, 2) & kSizeFollows) != 0) return false;
    const uint64_t next = uint64_t{kHeader} + name + LittleEndian(head, 28, 2) +
                          LittleEndian(head, 18, 4);
    if (next >= head.size()) return false;
    head.remove_prefix(static_cast<size_t>(next));
  }
  return false;
}

// With a byte order mark, or ASCII with every other octet 0.
bool IsUtf16(std::string_view head) {
  if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) {
    return true;
  }
  constexpr size_t kLooked = 64;
  if (head.size() < 4) return false;
  size_t zeros[2] = {0, 0};
  const size_t size = std::min(head.size(), kLooked) & ~size_t{1};
  for (size_t i = 0; i < size; ++i) zeros[i % 2] += head[i] == '\0';
  return (zeros[0] == 0 && zeros[1] == size / 2) ||
         (zeros[1] == 0 && zeros[0] == size / 2);
}

std::optional<ContentKind> BinaryKind(std::string_view head) {
  for (const Magic& magic : kMagics) {
    if (!HasAt(head, magic.offset, magic.octets)) continue;
    return magic.kind == ContentKind::kZip && IsOlm(head) ? ContentKind::kOlm
                                                          : magic.kind;
  }
  if (IsZstdSkippable(head)) return ContentKind::kZstd;
  if (IsBzip2(head)) return ContentKind::kBzip2;
  if (IsBitmap(head) || IsWebp(head)) return ContentKind::kImage;
  if (IsDbox(head)) return ContentKind::kDbox;
  if (IsUwMtx(head)) return ContentKind::kUwMbx;
  if (IsOldTar(head)) return ContentKind::kTar;
  return std::nullopt;
}

// Its ASCII; what else it holds becomes "?".
std::string FromUtf16(std::string_view text) {
  const bool big = text.starts_with("\xFE\xFF"sv) || text.front() == '\0';
  std::string ascii;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const char high = text[i + (big ? 0 : 1)];
    const char low = text[i + (big ? 1 : 0)];
    if (i == 0 && (high == '\xFE' || high == '\xFF')) continue;  // the mark
    ascii.push_back(high == '\0' && !Is8Bit(low) ? low : '?');
  }
  return ascii;
}

std::string_view WithoutMark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

std::string_view TrimFront(std::string_view text) {
  while (!text.empty() && IsFws(text.front())) text.remove_prefix(1);
  return text;
}

// Takes the line at the start of `text`, without its line end.
std::string_view TakeLine(std::string_view* text) {
  const size_t lf = text->find('\n');
  std::string_view line = text->substr(0, lf);
  text->remove_prefix(lf == text->npos ? text->size() : lf + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The separator rule of the mbox layer, at the first line that is not empty.
bool IsMbox(std::string_view text, bool at_end) {
  return BeginsMbox(text.substr(Preamble(text)), at_end);
}

// Of a text that holds mail as it was sent.
std::optional<ContentKind> MailKind(std::string_view text, bool at_end) {
  text = WithoutMark(text);
  if (IsMbox(text, at_end)) return ContentKind::kMbox;
  if (ReadEmlxStart(text, at_end)) return ContentKind::kEmlx;
  while (text.starts_with('\n') || text.starts_with("\r\n")) TakeLine(&text);
  if (BeginsLikeMessage(text, at_end)) return ContentKind::kMessage;
  return std::nullopt;
}

bool IsHtml(std::string_view text) {
  constexpr std::string_view kStarts[] = {
      "<!doctype html", "<html", "<head", "<body", "<meta", "<table", "<div"};
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [text](std::string_view start) {
                       return StartsWithIgnoreCase(text, start);
                     });
}

bool IsXml(std::string_view text) {
  return StartsWithIgnoreCase(text, "<?xml") || text.starts_with("bplist00") ||
         StartsWithIgnoreCase(text, "<!DOCTYPE plist") ||
         text.starts_with("<plist");
}

// A message out of an .olm file that was unpacked.
bool IsOlmMessage(std::string_view text) {
  constexpr size_t kLooked = 400;
  return text.substr(0, kLooked).find("<emails elementCount") != text.npos;
}

// An object or an array, told by what follows the bracket.
bool IsJson(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  const bool object = text.front() == '{';
  text = TrimFront(text.substr(1));
  if (text.empty()) return false;
  const char c = text.front();
  if (object) return c == '"' || c == '}';
  return c == '"' || c == '{' || c == '[' || c == ']' || c == '-' ||
         IsDigit(c) || text.starts_with("true") || text.starts_with("false") ||
         text.starts_with("null");
}

// Two lines with the same number of a delimiter, at least one, and none of it
// followed by a space as in prose.
bool IsCsv(std::string_view text) {
  const std::string_view first = TakeLine(&text);
  const std::string_view second = TakeLine(&text);
  for (char delimiter : {',', ';', '\t'}) {
    const auto columns = std::count(first.begin(), first.end(), delimiter);
    if (columns >= 1 &&
        columns == std::count(second.begin(), second.end(), delimiter) &&
        first.find(std::string{delimiter, ' '}) == first.npos) {
      return true;
    }
  }
  return false;
}

// No control characters but those of text.
bool IsText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return Is8Bit(c) || (c >= 32 && c < 127) || IsFws(c) || c == '\f' ||
           c == '\x1B' || c == '\b';
  });
}

// The documents a mail archive is kept beside, and what else is text.
ContentKind TextKind(std::string_view text) {
  const std::string_view begin = TrimFront(text);
  if (IsXml(begin)) {
    return IsOlmMessage(begin) ? ContentKind::kOlm : ContentKind::kXml;
  }
  if (IsHtml(begin)) return ContentKind::kHtml;
  if (begin.starts_with('<') && begin.size() > 1 &&
      (IsAlpha(begin[1]) || begin[1] == '!')) {
    return ContentKind::kXml;
  }
  if (IsJson(begin)) return ContentKind::kJson;
  if (!IsText(text)) return ContentKind::kUnknown;
  return IsCsv(begin) ? ContentKind::kCsv : ContentKind::kText;
}

}  // namespace

ContentKind DetectContent(std::string_view head) {
  constexpr size_t kLooked = 64u << 10;
  const bool at_end = head.size() < kLooked;
  if (head.empty()) return ContentKind::kEmpty;
  if (const auto kind = BinaryKind(head)) return *kind;
  if (const auto kind = MailKind(head, at_end)) return *kind;
  if (IsUtf16(head)) {
    return MailKind(FromUtf16(head), at_end) ? ContentKind::kUtf16Mail
                                             : ContentKind::kUtf16;
  }
  return TextKind(WithoutMark(head));
}

bool IsMail(ContentKind kind) {
  return kind == ContentKind::kMbox || kind == ContentKind::kMessage ||
         kind == ContentKind::kEmlx;
}

bool NamesPartOfMessage(std::string_view path) {
  return EndsWithIgnoreCase(path, ".partial.emlx");
}

ContentKind NarrowByName(ContentKind kind, std::string_view path) {
  const std::string_view name = path.substr(path.find_last_of("/!") + 1);
  if (kind == ContentKind::kZip) {
    return EndsWithIgnoreCase(name, ".olm") ? ContentKind::kOlm : kind;
  }
  if (kind != ContentKind::kText && kind != ContentKind::kUnknown) return kind;
  for (const NamedKind& named : kNamedKinds) {
    const bool fits = named.ending ? EndsWithIgnoreCase(name, named.text)
                                   : StartsWithIgnoreCase(name, named.text);
    if (fits) return named.kind;
  }
  const size_t dot = name.rfind('.');
  const std::string_view extension =
      dot == name.npos ? std::string_view() : name.substr(dot);
  if (StartsWithIgnoreCase(extension, ".olk14") ||
      StartsWithIgnoreCase(extension, ".olk15")) {
    return ContentKind::kOlk;
  }
  return kind;
}

}  // namespace mailassay::mail
