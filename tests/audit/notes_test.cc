#include "lib/audit/notes.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mailassay::audit {
namespace {

Notes MadeUp(size_t errors) {
  Notes notes;
  notes.filtered_out = errors * 1000;
  for (size_t i = 0; i < errors; ++i) {
    const auto codes = static_cast<size_t>(ErrorCode::kCount);
    notes.errors.push_back({.code = static_cast<ErrorCode>(i % codes),
                            .file = "dir/file" + std::to_string(i),
                            .offset = i == 0 ? UINT64_MAX : i,
                            .length = i << 40,
                            .kind = i % 2 == 0 ? "" : "pst",
                            .text = std::string("\0\xff\n", 3)});
    FileHash& hash = notes.hashes.emplace_back();
    hash.number = i << 40;
    hash.file = "dir/file" + std::to_string(i);
    hash.sha256.size = 32;
    hash.sha256.bytes.fill(static_cast<uint8_t>(i));
  }
  return notes;
}

void ExpectSame(const Notes& a, const Notes& b) {
  EXPECT_EQ(a.filtered_out, b.filtered_out);
  ASSERT_EQ(a.errors.size(), b.errors.size());
  for (size_t i = 0; i < a.errors.size(); ++i) {
    EXPECT_EQ(a.errors[i].code, b.errors[i].code);
    EXPECT_EQ(a.errors[i].file, b.errors[i].file);
    EXPECT_EQ(a.errors[i].offset, b.errors[i].offset);
    EXPECT_EQ(a.errors[i].length, b.errors[i].length);
    EXPECT_EQ(a.errors[i].kind, b.errors[i].kind);
    EXPECT_EQ(a.errors[i].text, b.errors[i].text);
  }
  ASSERT_EQ(a.hashes.size(), b.hashes.size());
  for (size_t i = 0; i < a.hashes.size(); ++i) {
    EXPECT_EQ(a.hashes[i].number, b.hashes[i].number);
    EXPECT_EQ(a.hashes[i].file, b.hashes[i].file);
    EXPECT_EQ(a.hashes[i].sha256, b.hashes[i].sha256);
  }
}

TEST(Notes, ComeBackAsTheyWere) {
  for (size_t errors : {0, 1, 2, 40}) {
    const Notes notes = MadeUp(errors);
    const auto read = DecodeNotes(EncodeNotes(notes));
    ASSERT_TRUE(read);
    ExpectSame(*read, notes);
    EXPECT_EQ(EncodeNotes(*read), EncodeNotes(notes));
  }
}

TEST(Notes, NoPartOfThemIsTaken) {
  const std::string whole = EncodeNotes(MadeUp(5));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(DecodeNotes(std::string_view(whole).substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeNotes(whole + '\0')) << "nor more than they are";
}

TEST(Notes, OtherVersionsAndCodesAreRefused) {
  std::string octets = EncodeNotes({});
  octets[0] = 1;
  EXPECT_FALSE(DecodeNotes(octets));
  Notes notes = MadeUp(1);
  notes.errors[0].code = ErrorCode::kCount;
  EXPECT_FALSE(DecodeNotes(EncodeNotes(notes)));
}

// A count of errors that the octets can't hold makes no room for them.
TEST(Notes, ACountIsNotBelieved) {
  const std::string octets =
      std::string("\2\0", 2) + "\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + "abc";
  EXPECT_FALSE(DecodeNotes(octets));
}

// Whatever is taken is notes: it comes back as it was.
TEST(Notes, AnyOctetsAreNotesOrNone) {
  std::mt19937 random(5);
  const std::string whole = EncodeNotes(MadeUp(8));
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string octets = whole;
    for (size_t n = random() % 3 + 1; n > 0; --n) {
      octets[random() % octets.size()] = static_cast<char>(random());
    }
    const auto read = DecodeNotes(octets);
    if (!read) continue;
    ++taken;
    const auto again = DecodeNotes(EncodeNotes(*read));
    ASSERT_TRUE(again);
    ExpectSame(*again, *read);
  }
  EXPECT_GT(taken, 100);
  EXPECT_LT(taken, 20'000);
}

}  // namespace
}  // namespace mailassay::audit
