#include "lib/mail/content_kind.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "lib/base/ascii.h"
#include "lib/mail/mbox.h"

namespace mailassay::mail {
namespace {

using std::string_view_literals::operator""sv;

struct KindText {
  std::string_view name, label, advice;
};

// In the order of ContentKind.
constexpr auto kTexts = std::to_array<KindText>({
    {"empty", "empty file", "There is nothing in it to verify."},
    {"zstd", "zstd compressed data", ""},
    {"gzip", "gzip compressed data", ""},
    {"xz", "xz compressed data", ""},
    {"bzip2", "bzip2 compressed data", ""},
    {"tar", "tar archive", ""},
    {"zip", "zip archive", ""},
    {"mbox", "mbox", ""},
    {"message", "message", ""},
    {"pst", "Outlook data file (PST or OST)",
     "Export it as mbox with readpst and verify the mbox; Outlook does not "
     "keep "
     "a message as it was sent, so most signatures cannot verify from such an "
     "export."},
    {"ole", "compound file (Outlook MSG or old Office document)",
     "An MSG file does not keep the message as it was sent, so its signatures "
     "cannot be verified; get the original from the mail server as .eml or "
     "mbox."},
    {"emlx", "Apple Mail message (EMLX)",
     "Take the message out (remove the first line, keep as many octets as it "
     "says) or export the mailbox from Apple Mail as mbox."},
    {"tnef", "TNEF data (winmail.dat)",
     "It is an attachment in Outlook's own format, not a message; verify the "
     "message that carried it."},
    {"xml", "XML document or property list",
     "It is no mail; if it describes mail that a tool exported, verify the "
     ".eml "
     "or mbox files of that export."},
    {"html", "HTML document",
     "A message saved as a web page has lost its header and original body; "
     "save it as .eml or export the mailbox as mbox."},
    {"json", "JSON document",
     "It is no mail; if it holds messages from an API, write each one's raw "
     "RFC 5322 form to an .eml file."},
    {"csv", "CSV table",
     "It is a table about mail, not mail; export the messages themselves as "
     ".eml or mbox."},
    {"pdf", "PDF document",
     "A message printed to PDF cannot be verified; get the original as .eml or "
     "mbox."},
    {"image", "image", "It is no mail."},
    {"sqlite", "SQLite database",
     "It is no mail; if a mail program keeps its messages in it, export them "
     "from that program as mbox."},
    {"elf", "executable file (ELF)", "It is no mail."},
    {"utf16", "text saved as UTF-16",
     "Mail is never sent as UTF-16; convert it back with iconv -f UTF-16 -t "
     "UTF-8, and expect signatures over 8-bit text to fail if the original had "
     "another character set."},
    {"lz4", "lz4 compressed data",
     "Decompress it with lz4 -d and verify what comes out."},
    {"7z", "7-Zip archive", "Extract it with 7z x and verify what comes out."},
    {"rar", "RAR archive",
     "Extract it with unrar x and verify what comes out."},
    {"mbox_index", "index of a mail program",
     "It holds no messages; the mbox of the same name beside it does."},
    {"text", "text that is not mail",
     "It does not begin with a header field; if it was a message, its header "
     "is "
     "lost."},
    {"unknown", "unknown data", "It is not a kind of file that holds mail."},
});
static_assert(kTexts.size() == static_cast<size_t>(ContentKind::kUnknown) + 1);

const KindText& TextOf(ContentKind kind) {
  return kTexts[std::min(static_cast<size_t>(kind), kTexts.size() - 1)];
}

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
});
// clang-format on

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
    if (HasAt(head, magic.offset, magic.octets)) return magic.kind;
  }
  if (IsZstdSkippable(head)) return ContentKind::kZstd;
  if (IsBzip2(head)) return ContentKind::kBzip2;
  if (IsBitmap(head) || IsWebp(head)) return ContentKind::kImage;
  if (IsUtf16(head)) return ContentKind::kUtf16;
  if (IsOldTar(head)) return ContentKind::kTar;
  return std::nullopt;
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

// What names of fields are made of in mail, 8-bit octets let through.  RFC 5322
// allows all printable ASCII; brackets and quotes begin other documents.
bool IsNameChar(char c) {
  return Is8Bit(c) || IsAlnum(c) ||
         std::string_view("!#$%&*+-.^_`|~").find(c) != std::string_view::npos;
}

// Not a time of day ("12:30 ...") and not a URL.
bool IsFieldLine(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == line.npos || HasAt(line, colon, "://")) return false;
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && IsWsp(name.back())) name.remove_suffix(1);
  return !name.empty() && !IsDigit(name.front()) &&
         std::all_of(name.begin(), name.end(), IsNameChar);
}

bool IsFoldLine(std::string_view line) {
  return !line.empty() && IsWsp(line.front());
}

// A field, its continuations, and then another field or the empty line.
bool BeginsWithFields(std::string_view text, bool at_end) {
  if (!IsFieldLine(TakeLine(&text))) return false;
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    if (IsFoldLine(line)) continue;
    return line.empty() || IsFieldLine(line);
  }
  return !at_end;  // one field that goes on behind what was looked at
}

// H16: "From " and ">From " lines that an mbox left on top of a message.
bool IsMessage(std::string_view text, bool at_end) {
  if (text.starts_with("From ") || text.starts_with(">From ")) {
    std::string_view rest = text;
    TakeLine(&rest);
    if (BeginsWithFields(rest, at_end)) return true;
  }
  return BeginsWithFields(text, at_end);
}

// The separator rule of the mbox layer, at the first line that is not empty.
bool IsMbox(std::string_view text, bool at_end) {
  return BeginsMbox(text.substr(Preamble(text)), at_end);
}

// The size of the message in decimal on a line of its own, then the message.
bool IsEmlx(std::string_view text, bool at_end) {
  std::string_view count = TrimFws(TakeLine(&text));
  return !count.empty() && count.size() <= 12 &&
         std::all_of(count.begin(), count.end(), IsDigit) &&
         IsMessage(text, at_end);
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
  if (IsXml(begin)) return ContentKind::kXml;
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
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  if (IsMbox(head, at_end)) return ContentKind::kMbox;
  if (IsMessage(head, at_end)) return ContentKind::kMessage;
  if (IsEmlx(head, at_end)) return ContentKind::kEmlx;
  return TextKind(head);
}

std::string_view ContentKindName(ContentKind kind) { return TextOf(kind).name; }
std::string_view ContentKindLabel(ContentKind kind) {
  return TextOf(kind).label;
}
std::string_view ContentKindAdvice(ContentKind kind) {
  return TextOf(kind).advice;
}

}  // namespace mailassay::mail
