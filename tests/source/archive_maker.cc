#include "tests/source/archive_maker.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "lib/base/concat.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/file_run.h"

namespace mailassay::source {
namespace {

std::string WithLineEnds(std::string_view text, std::string_view line_end) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += line_end;
    } else {
      out += c;
    }
  }
  return out;
}

la_ssize_t Append(archive*, void* out, const void* data, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

// Of `entries` in `format`, with a filter.
std::string Write(int format, int filter, const Members& members) {
  std::string out;
  archive* a = archive_write_new();
  EXPECT_EQ(archive_write_set_format(a, format), ARCHIVE_OK);
  EXPECT_EQ(archive_write_add_filter(a, filter), ARCHIVE_OK);
  archive_write_set_bytes_per_block(a, 0);
  EXPECT_EQ(archive_write_open(a, &out, nullptr, Append, nullptr), ARCHIVE_OK);
  for (const auto& [name, content] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    EXPECT_EQ(archive_write_header(a, entry), ARCHIVE_OK);
    archive_write_data(a, content.data(), content.size());
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(a), ARCHIVE_OK);
  archive_write_free(a);
  return out;
}

std::string Compress(int filter, std::string_view text) {
  return Write(ARCHIVE_FORMAT_RAW, filter, {{"data", std::string(text)}});
}

}  // namespace

TempDirectory::TempDirectory() {
  std::string name =
      std::filesystem::temp_directory_path() / "mailassay-source-XXXXXX";
  path_ = mkdtemp(name.data());
}

TempDirectory::~TempDirectory() { std::filesystem::remove_all(path_); }

std::string TempDirectory::Path(std::string_view name) const {
  return Concat(path_, "/", name);
}

std::string TempDirectory::Write(std::string_view name,
                                 std::string_view content) const {
  const std::filesystem::path path = Path(name);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string TempDirectory::MakeDirectory(std::string_view name) const {
  std::string path = Path(name);
  std::filesystem::create_directories(path);
  return path;
}

std::string Message(size_t n, size_t size) {
  return Concat("From: <a@example.com>\nMessage-ID: <", n, ">\n\ntext\n",
                std::string(size, 'x'));
}

std::string NoisyMessage(size_t n, size_t size) {
  std::string text = Message(n);
  auto state = static_cast<uint32_t>(n);
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525 + 1013904223;
    text += i % 70 == 69 ? '\n' : static_cast<char>('!' + (state >> 24) % 90);
  }
  return text;
}

std::vector<std::string> SampleMessages(std::string_view line_end) {
  std::vector<std::string> messages;
  auto add = [&](std::string_view more_header, std::string_view body) {
    const std::string header =
        Concat("From: <a", messages.size(), "@example.com>\nMessage-ID: <m",
               messages.size(), "@example.com>\n", more_header);
    messages.push_back(WithLineEnds(Concat(header, "\n", body), line_end));
  };
  add("", "hello\n");
  add("Subject: empty body\n", "");
  add("", "From here on, a line that does not split.\n\nFrom there\n");
  add("", "text\nFrom a Mon Jan  1 00:00:00 2024\nX: no empty line before\n");
  add("", "\n\nFrom a Mon Jan  1 00:00:00 2024\nno field follows\n");
  add("", ">From quoted\n");
  add("", std::string(3000, 'x') + "\n");
  add(Concat("X-Long: ", std::string(5000, 'h'), "\n"), "after a long field\n");
  for (int lines : {1, 10, 100, 700, 1500, 3000, 20, 333}) {
    std::string body;
    for (int i = 0; i < lines; ++i) {
      body += Concat("line ", i * 7919 % 1000003, " of ", lines, "\n");
    }
    add("Subject: many lines\n", body);
  }
  add("", "ends without a line that is empty\n\nsecond paragraph\n");
  add("", std::string(40'000, 'y') + "\n");
  add("", "From\n\nFrom \n\n From a Mon Jan  1 00:00:00 2024\nX: y\n");
  add("", "last\n");
  return messages;
}

std::string MakeMbox(const std::vector<std::string>& messages,
                     std::string_view line_end) {
  std::string mbox;
  for (const std::string& message : messages) {
    mbox += Concat("From a@example.com Mon Jan  1 00:00:00 2024", line_end,
                   message, line_end);
  }
  return mbox;
}

std::string MakeContentLengthMbox(std::vector<std::string>* messages,
                                  std::string_view line_end) {
  const std::string empty_line = Concat(line_end, line_end);
  for (std::string& message : *messages) {
    const size_t body = message.find(empty_line) + empty_line.size();
    message.insert(body - line_end.size(),
                   Concat("Content-Length: ", message.size() - body, line_end));
  }
  return MakeMbox(*messages, line_end);
}

std::string Zstd(std::string_view text) {
  return ZstdFrameFile(text, text.size() + 1);
}

std::string ZstdFrameFile(std::string_view text, size_t frame_bytes,
                          bool checksum, bool content_size) {
  std::string out;
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size);
  for (size_t at = 0; at < text.size(); at += frame_bytes) {
    const std::string_view part = text.substr(at, frame_bytes);
    std::string frame(ZSTD_compressBound(part.size()), '\0');
    frame.resize(ZSTD_compress2(context, frame.data(), frame.size(),
                                part.data(), part.size()));
    out += frame;
  }
  ZSTD_freeCCtx(context);
  return out;
}

std::string Gzip(std::string_view text) {
  return Compress(ARCHIVE_FILTER_GZIP, text);
}
std::string Xz(std::string_view text) {
  return Compress(ARCHIVE_FILTER_XZ, text);
}
std::string Bzip2(std::string_view text) {
  return Compress(ARCHIVE_FILTER_BZIP2, text);
}

std::string Tar(const Members& members) {
  return Write(ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE, members);
}
std::string Zip(const Members& members) {
  return Write(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, members);
}

std::vector<std::string> ManyShapes() {
  auto messages = SampleMessages("\n");
  for (size_t size : {40'000u, 3u, 5'000u, 16'000u, 200u, 90'000u, 7'000u}) {
    messages.push_back(Message(messages.size() + 100, size) + "\n");
  }
  return messages;
}

std::vector<std::string> MakeEveryKind(const TempDirectory& dir) {
  const auto messages = ManyShapes();
  const std::string mbox = MakeMbox(messages, "\n");
  auto counted = messages;
  const std::string by_length = MakeContentLengthMbox(&counted, "\n");
  std::string lying = by_length;
  for (const char* value : {": 6\n", ": 3001\n"}) {
    const size_t at = lying.find(Concat("Content-Length", value));
    lying.replace(lying.find(':', at), 3, ": 9");
  }
  Members members = {{"a", mbox},
                     {"empty", ""},
                     {"b.zst", Zstd(mbox)},
                     {"p.pdf", "%PDF-1.7 ..."},
                     {"in.tar", Tar({{"x", messages[0]}})},
                     {"cl", by_length}};
  for (size_t i = 0; i < messages.size(); ++i) {
    members.emplace_back(Concat("md/cur/", 100 + i), messages[i]);
  }
  const auto damaged = [](std::string text, size_t step) {
    for (size_t at = step; at < text.size(); at += step) text[at] ^= 0x55;
    return text;
  };
  const std::string gzip = Gzip(mbox);
  const std::string frames = ZstdFrameFile(mbox, 20'000);
  const std::string tar = Tar(members);
  const std::string zip = Zip(members);
  std::vector<std::string> paths = {
      dir.Write("small", mbox.substr(0, 100'000)),
      dir.Write("plain", mbox + mbox + mbox),
      dir.Write("bom", "\xEF\xBB\xBF\r\n\n" + mbox),
      dir.Write("cl", by_length),
      dir.Write("lying", lying),
      dir.Write("gz", gzip),
      dir.Write("xz", Xz(mbox)),
      dir.Write("bz2", Bzip2(mbox)),
      dir.Write("frames", frames),
      dir.Write("cl.zst", Zstd(by_length)),
      dir.Write("tar", tar),
      dir.Write("tgz", Gzip(tar)),
      dir.Write("zip", zip),
      dir.Write("empty", ""),
      dir.Write("pdf", "%PDF-1.7 ..." + std::string(200'000, 'p')),
      dir.Write("cut.gz", gzip.substr(0, gzip.size() / 2)),
      dir.Write("rubbish.gz", gzip + "rubbish"),
      dir.Write("cut.cl.gz", Gzip(by_length).substr(0, gzip.size() / 2)),
      dir.Write("cut.eml.gz", Gzip(messages[12]).substr(0, 900)),
      dir.Write("bad.zst", damaged(frames, frames.size() / 4)),
      dir.Write("bad.tar", damaged(tar, tar.size() / 9)),
      dir.Write("cut.tar", tar.substr(0, tar.size() / 2)),
      dir.Write("bad.zip", damaged(zip, zip.size() / 9)),
      dir.Write("bad.tgz", damaged(Gzip(tar), 60'000)),
  };
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string name = Concat("d/md/cur/", 100 + i);
    dir.Write(name, i % 5 == 4 ? Gzip(messages[i]) : messages[i]);
  }
  dir.MakeDirectory("d/md/new");
  dir.Write("d/a.mbox", mbox);
  dir.Write("d/bom.eml", "\xEF\xBB\xBF" + Message(1, 70'000));
  std::filesystem::create_symlink("a.mbox", dir.Path("d/link"));
  std::filesystem::create_symlink("loop", dir.Path("loop"));
  paths.push_back(dir.Path("d"));
  paths.push_back(dir.Path("loop"));
  return paths;
}

std::string MessageIdOf(std::string_view message) {
  const size_t at = message.find("Message-ID: ");
  if (at == std::string_view::npos) return {};
  std::string_view id = message.substr(at + 12);
  return std::string(id.substr(0, id.find_first_of("\r\n")));
}

namespace {

void AddText(const audit::Input& input, uint64_t offset, std::string_view text,
             ReadResult* result) {
  result->mail.push_back({input.file, input.format, offset, text.size(),
                          MessageIdOf(text), std::string(text)});
}

void AddRun(const audit::Input& input, uint64_t offset, std::string_view text,
            ReadResult* result) {
  for (const auto& m : mail::SplitMbox(text)) {
    AddText(input,
            offset + static_cast<uint64_t>(m.message.data() - text.data()),
            m.message, result);
  }
}

void AddPiece(const Piece& piece, ReadResult* result) {
  if (const auto* run = std::get_if<MboxRun>(&piece)) {
    AddRun(*run->input, run->offset, run->text, result);
  } else if (const auto* file_run = std::get_if<FileRun>(&piece)) {
    FileRunText file(*file_run);
    while (file.ReadMore()) {
    }
    EXPECT_TRUE(file.complete()) << file.fault();
    AddRun(*file_run->input, file_run->offset, file.text(), result);
  } else if (const auto* end = std::get_if<FileEnd>(&piece)) {
    if (auto row = CheckUnchanged(*end)) {
      result->errors.push_back(*std::move(row));
    }
  } else if (const auto* whole = std::get_if<WholeMessage>(&piece)) {
    AddText(*whole->input, whole->offset, whole->text, result);
  } else if (const auto* examined = std::get_if<ExaminedMessage>(&piece)) {
    ++result->examined;
    if (!examined->facts) return;
    const audit::MessageFacts& facts = *examined->facts;
    result->mail.push_back({facts.input->file, facts.input->format,
                            facts.offset, facts.length,
                            std::string(facts.message_id), ""});
  } else if (const auto* row = std::get_if<audit::ErrorRow>(&piece)) {
    result->errors.push_back(*row);
  }
}

}  // namespace

void AddBlock(const Block& block, ReadResult* result) {
  ++result->blocks;
  result->input_bytes += block.input_bytes;
  for (const Piece& piece : block.pieces) AddPiece(piece, result);
}

ReadResult ReadAll(const std::vector<std::string>& paths,
                   const ReadOptions& options) {
  ReadResult result;
  auto reader = Reader::Open(paths, options);
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!reader.ok()) return result;
  while (auto block = (*reader)->Next()) {
    AddBlock(*block, &result);
  }
  result.notes = (*reader)->notes();
  result.total_bytes = (*reader)->total_bytes();
  return result;
}

std::vector<std::string> Texts(const ReadResult& result) {
  std::vector<std::string> texts;
  for (const ReadMail& m : result.mail) {
    texts.push_back(m.text.empty() ? m.message_id : m.text);
  }
  return texts;
}

std::vector<std::string> MessageIds(const ReadResult& result) {
  std::vector<std::string> ids;
  for (const ReadMail& m : result.mail) ids.push_back(m.message_id);
  return ids;
}

std::vector<audit::ErrorCode> Codes(const ReadResult& result) {
  std::vector<audit::ErrorCode> codes;
  for (const auto& row : result.errors) codes.push_back(row.code);
  return codes;
}

}  // namespace mailassay::source
