// What is opened and what is not, in which order (promise P17; cases F6, F7,
// F11, F12).
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using audit::ErrorCode;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Files(const ReadResult& result) {
  std::vector<std::string> files;
  for (const auto& m : result.mail) files.push_back(m.file);
  return files;
}

TEST(Walk, BytewiseOrderAndMaildirSubfolders) {
  TempDirectory dir;
  size_t n = 0;
  const std::vector<std::string> names = {
      "d/.Sent/cur/9", "d/.Sent/new/1", "d/B/x.eml",        "d/a",
      "d/cur/10",      "d/cur/9",       "d/new/\xFF\x1B\nz"};
  dir.MakeDirectory("d/.Sent/tmp");
  for (const auto& name : names) dir.Write(name, Message(n++));
  dir.Write("d/tmp/1", Message(99));
  for (const char* name : {"d/dovecot-uidlist", "d/maildirsize",
                           "d/courierimapuiddb", "d/subscriptions"}) {
    dir.Write(name, "3 V1 N2\n");
  }
  dir.MakeDirectory("d/courierimapkeywords");
  const ReadResult result = ReadAll({dir.Path("d")});
  EXPECT_THAT(MessageIds(result),
              ElementsAre("<0>", "<1>", "<2>", "<3>", "<4>", "<5>", "<6>"));
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(result.mail[i].file, dir.Path(names[i]));
  }
  EXPECT_EQ(result.mail[2].format, audit::Format::kEml);
  EXPECT_EQ(result.mail[4].format, audit::Format::kMaildir);
  EXPECT_THAT(Codes(result), IsEmpty());
  // A slash at the end of what was given is not doubled.
  EXPECT_THAT(Files(ReadAll({dir.Path("d/cur/")})),
              ElementsAre(dir.Path("d/cur/10"), dir.Path("d/cur/9")));
}

TEST(Walk, OpensNothingButRegularFiles) {
  TempDirectory dir;
  dir.Write("d/1", Message(1));
  const std::string secret = dir.Write("secret", Message(66));
  std::filesystem::create_symlink(secret, dir.Path("d/2"));
  std::filesystem::create_directory_symlink(dir.Path("d"), dir.Path("d/loop"));
  ASSERT_EQ(mkfifo(dir.Path("d/3").c_str(), 0600), 0);
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, dir.Path("d/4").c_str(),
               sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(server, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)),
            0);
  dir.Write("d/5", "");
  dir.Write("d/6", Message(6));
  const ReadResult result = ReadAll({dir.Path("d")});
  EXPECT_THAT(MessageIds(result), ElementsAre("<1>", "<6>"));
  EXPECT_THAT(Codes(result),
              ElementsAre(ErrorCode::kNotRegular, ErrorCode::kNotRegular,
                          ErrorCode::kNotRegular, ErrorCode::kEmpty,
                          ErrorCode::kNotRegular));
  EXPECT_EQ(result.input_bytes, result.total_bytes);
  close(server);
}

TEST(Walk, K9_FollowsLinksWhereverTheyLead) {
  TempDirectory dir;
  const std::string outside = dir.Write("outside", Message(66));
  dir.Write("d/b/1", Message(1));
  dir.Write("d/c", Message(2));
  dir.Write("d2/3", Message(67));
  std::filesystem::create_symlink("c", dir.Path("d/a"));
  std::filesystem::create_directory_symlink("b", dir.Path("d/B"));
  std::filesystem::create_directory_symlink("..", dir.Path("d/b/up"));
  std::filesystem::create_directory_symlink("../d", dir.Path("d2/back"));
  std::filesystem::create_symlink(outside, dir.Path("d/x"));
  std::filesystem::create_directory_symlink("../d2", dir.Path("d/y"));
  std::filesystem::create_symlink("nothing", dir.Path("d/z"));
  std::filesystem::create_symlink("zz", dir.Path("d/zz"));
  ReadOptions options;
  options.follow_links = true;
  const ReadResult result = ReadAll({dir.Path("d")}, options);
  // Every message once, though links lead round in circles.
  EXPECT_THAT(MessageIds(result), ElementsAre("<1>", "<2>", "<66>", "<67>"));
  EXPECT_THAT(Files(result), ElementsAre(dir.Path("d/B/1"), dir.Path("d/a"),
                                         dir.Path("d/x"), dir.Path("d/y/3")));
  EXPECT_THAT(Codes(result),
              ElementsAre(ErrorCode::kNotRegular, ErrorCode::kNotRegular));
  EXPECT_THAT(result.notes,
              ElementsAre(dir.Path("d/B/up") + " is the same as " +
                              dir.Path("d") + "; read once",
                          dir.Path("d/b") + " is the same as " +
                              dir.Path("d/B") + "; read once",
                          dir.Path("d/c") + " is the same as " +
                              dir.Path("d/a") + "; read once",
                          dir.Path("d/y/back") + " is the same as " +
                              dir.Path("d") + "; read once"));
}

TEST(Walk, K9_AddressesAreNoFiles) {
  for (const char* address :
       {"https://a.example/b.mbox", "imap://a@b.example/INBOX",
        "file:///tmp/none", "mbox+x.y-z://a"}) {
    const absl::Status status = Reader::Open({address}, {}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("is an address, not a file"));
  }
  EXPECT_EQ(Reader::Open({"a b://c"}, {}).status().code(),
            absl::StatusCode::kNotFound);
  TempDirectory dir;
  dir.Write("a:/b", Message(1));
  EXPECT_THAT(MessageIds(ReadAll({dir.Path("a://b")})), ElementsAre("<1>"));
}

TEST(Walk, K8_SaysWhatRepeatsWhat) {
  TempDirectory dir;
  const std::string a = dir.Write("d/a", Message(1));
  const std::string hard = dir.Path("hard"), soft = dir.Path("soft");
  std::filesystem::create_hard_link(a, hard);
  std::filesystem::create_symlink(a, soft);
  const std::vector<std::string> paths = {a, hard, soft, dir.Path("d"), a};
  const Survey survey = SurveyInputs(paths, false);
  const std::vector<std::string> repeats = {"", a, a, "", a};
  const std::vector<bool> has = {false, true, true, true, true};
  for (size_t i = 0; i < paths.size(); ++i) {
    EXPECT_EQ(survey.inputs[i].repeats, repeats[i]) << i;
    EXPECT_EQ(survey.inputs[i].has_repeats, has[i]) << i;
  }
  EXPECT_THAT(survey.notes,
              ElementsAre(hard + " is the same as " + a + "; read once",
                          soft + " is the same as " + a + "; read once",
                          a + " was given twice; read once",
                          a + " was given twice; read once"));
  EXPECT_THAT(MessageIds(ReadAll(paths)), ElementsAre("<1>"));
}

TEST(Walk, NamedLinksAndPipesAreOpened) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  const std::string mbox = MakeMbox(messages, "\n");
  const std::string link = dir.Path("link");
  std::filesystem::create_symlink(dir.Write("m", mbox), link);
  EXPECT_THAT(Texts(ReadAll({link})), ElementsAreArray(messages));
  for (const std::string& content :
       {mbox, Zstd(mbox), Gzip(mbox), Tar({{"m", mbox}}), Zip({{"m", mbox}})}) {
    const std::string fifo = dir.Path("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    std::thread writer([&] { dir.Write("fifo", content); });
    const ReadResult result = ReadAll({fifo});
    writer.join();
    EXPECT_THAT(Texts(result), ElementsAreArray(messages));
    EXPECT_THAT(Codes(result), IsEmpty());
    EXPECT_EQ(result.input_bytes, content.size());
    std::filesystem::remove(fifo);
  }
  auto known = Reader::Open({link, "-"}, {});
  ASSERT_TRUE(known.ok());
  EXPECT_FALSE((*known)->total_known());
  EXPECT_EQ((*known)->total_bytes(), mbox.size());
}

// Case F12.
TEST(Walk, TheSameFileIsReadOnce) {
  TempDirectory dir;
  const std::string a = dir.Write("d/a", Message(1));
  dir.Write("d/sub/b", Message(2));
  std::filesystem::create_hard_link(a, dir.Path("d/hard"));
  const std::vector<std::vector<std::string>> cases = {
      {a, a},
      {a, dir.Path("d")},
      {dir.Path("d"), a, dir.Path("d/sub")},
      {dir.Path("d/sub"), dir.Path("d")},
      {dir.Path("d"), dir.Path("d/sub/b")},
  };
  for (const auto& paths : cases) {
    const ReadResult result = ReadAll(paths);
    if (paths.back() == a && paths.front() == a) {
      EXPECT_THAT(MessageIds(result), ElementsAre("<1>"));
    } else {
      EXPECT_THAT(MessageIds(result), UnorderedElementsAre("<1>", "<2>"));
    }
    EXPECT_THAT(Codes(result), IsEmpty());
    EXPECT_GE(result.notes.size(), 1u);
    EXPECT_EQ(result.input_bytes, result.total_bytes);
  }
  EXPECT_EQ(ReadAll({a, a}).notes[0], a + " was given twice; read once");
}

TEST(Walk, UsageAndUnreadable) {
  TempDirectory dir;
  EXPECT_FALSE(Reader::Open({}, {}).ok());
  EXPECT_FALSE(Reader::Open({dir.Path("none")}, {}).ok());
  const std::string file = dir.Write("d/1", Message(1));
  dir.Write("d/2", Message(2));
  dir.Write("d/e/1", Message(3));
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  chmod(file.c_str(), 0);
  chmod(dir.Path("d/e").c_str(), 0);
  const ReadResult result = ReadAll({dir.Path("d")});
  chmod(dir.Path("d/e").c_str(), 0700);
  EXPECT_THAT(MessageIds(result), ElementsAre("<2>"));
  EXPECT_THAT(Codes(result),
              ElementsAre(ErrorCode::kUnreadable, ErrorCode::kUnreadable));
}

TEST(Walk, DeepTreesEndInARow) {
  TempDirectory dir;
  std::string deep = "d";
  for (int i = 0; i < 300; ++i) deep += "/d";
  dir.MakeDirectory(deep);
  dir.Write("d/e", Message(1));
  const ReadResult result = ReadAll({dir.Path("d")});
  EXPECT_THAT(MessageIds(result), ElementsAre("<1>"));
  EXPECT_THAT(Codes(result), SizeIs(1));
}

TEST(NotMail, IsNamedAndLeftAlone) {
  TempDirectory dir;
  dir.Write("d/1.eml", "%PDF-1.7 ...");
  dir.Write("d/2", Gzip("<?xml version=\"1.0\"?><a/>"));
  dir.Write("d/3", "");
  dir.Write("d/4", Zstd(""));
  dir.Write("d/5", Message(5));
  dir.Write("d/6", Tar({{"1", "%PDF-1.7"}, {"2", Message(6)}}));
  const ReadResult result = ReadAll({dir.Path("d")});
  EXPECT_THAT(MessageIds(result), ElementsAre("<5>", "<6>"));
  EXPECT_THAT(
      Codes(result),
      ElementsAre(ErrorCode::kNotMail, ErrorCode::kNotMail, ErrorCode::kEmpty,
                  ErrorCode::kEmpty, ErrorCode::kNotMail));
  EXPECT_EQ(result.errors[0].kind, "pdf");
  EXPECT_EQ(result.errors[1].kind, "xml");
  EXPECT_EQ(result.errors[4].file, dir.Path("d/6!1"));
  for (const auto& row : result.errors) EXPECT_FALSE(row.damages());
}

TEST(Containers, AreOneLayerDeep) {
  TempDirectory dir;
  const std::string inner = Tar({{"m", Message(1)}});
  const std::string path = dir.Write(
      "t", Tar({{"a.tar", inner}, {"b.tgz", Gzip(inner)}, {"c", Message(2)}}));
  const ReadResult result = ReadAll({path, dir.Write("g", Gzip(Gzip(inner)))});
  EXPECT_THAT(MessageIds(result), ElementsAre("<2>"));
  EXPECT_THAT(Codes(result), SizeIs(3));
  EXPECT_THAT(Codes(result), Each(ErrorCode::kLimitMembers));
}

std::string HostileTar() {
  std::string out;
  archive* a = archive_write_new();
  archive_write_set_format_pax(a);
  archive_write_set_bytes_per_block(a, 0);
  archive_write_open(
      a, &out, nullptr,
      [](archive*, void* to, const void* data, size_t size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(data),
                                              size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
  auto add = [a](const char* name, auto type, const char* link, bool hard,
                 const std::string& text) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    if (link && hard) archive_entry_set_hardlink(entry, link);
    if (link && !hard) archive_entry_set_symlink(entry, link);
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_write_header(a, entry);
    archive_write_data(a, text.data(), text.size());
    archive_entry_free(entry);
  };
  add("../../x", AE_IFREG, nullptr, false, Message(1));
  add("/etc/passwd", AE_IFREG, nullptr, false, Message(2));
  add("soft", AE_IFLNK, "/etc/passwd", false, "");
  add("hard", AE_IFREG, "/etc/passwd", true, "");
  add("dev", AE_IFCHR, nullptr, false, "");
  add("fifo", AE_IFIFO, nullptr, false, "");
  add("dir", AE_IFDIR, nullptr, false, "");
  add("new\nline\x1B", AE_IFREG, nullptr, false, Message(3));
  add("../../x", AE_IFREG, nullptr, false, Message(4));
  archive_write_close(a);
  archive_write_free(a);
  return out;
}

// Case F6.
TEST(Containers, NamesAreLabelsAndLinksAreRows) {
  TempDirectory dir;
  const std::string path = dir.Write("t", HostileTar());
  const ReadResult result = ReadAll({path});
  EXPECT_THAT(Files(result),
              ElementsAre(path + "!../../x", path + "!/etc/passwd",
                          path + "!new\nline\x1B", path + "!../../x"));
  EXPECT_THAT(Codes(result), SizeIs(4));
  EXPECT_THAT(Codes(result), Each(ErrorCode::kNotRegular));
}

TEST(Containers, EncryptedZipMember) {
  TempDirectory dir;
  std::string zip = Zip({{"1", Message(1)}, {"2", Message(2)}});
  // General purpose flag, bit 0, of the first local and central header.
  zip[6] = static_cast<char>(zip[6] | 1);
  const size_t central = zip.find("PK\x01\x02");
  ASSERT_NE(central, std::string::npos);
  zip[central + 8] = static_cast<char>(zip[central + 8] | 1);
  const ReadResult result = ReadAll({dir.Write("z", zip)});
  EXPECT_THAT(MessageIds(result), ElementsAre("<2>"));
  EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kEncrypted));
}

}  // namespace
}  // namespace mailassay::source
