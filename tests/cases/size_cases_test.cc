// The rows H26 to H31 of README.md: sizes that make a careless verifier slow,
// blind or fat.  Nothing is timed: what is not linear here does not end within
// the test's time.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/base64.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/file_run.h"
#include "pipeline/source/source.h"
#include "tests/cases/case_support.h"

namespace mailassay::cases {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMillion = 1'000'000;

Expected Limit(std::string_view reason) {
  return {.verdict = "policy " + std::string(reason) + " not_run not_run",
          .message_class = "unjudged"};
}

const std::string kHead = kPlain.substr(0, kPlain.find("\r\n\r\n") + 4);

TEST(Case, H26_LongLines) {
  for (const char* canon : {"relaxed", "simple"}) {
    const std::string field = "X-Long: " + std::string(kMillion, 'x') + "\r\n";
    const SignOptions options = {.header_canon = canon,
                                 .body_canon = canon,
                                 .headers = {"From", "X-Long"}};
    const std::string header = Signed(WithFieldBelow(kPlain, field), options);
    Expect(JudgeMessage(header), {.anomalies = "long_field"}, canon);
    // One octet, far behind where others cut.
    std::string changed = header;
    changed[changed.rfind('x')] = 'y';
    Expected broken = kHeaderChanged;
    broken.anomalies = "long_field";
    Expect(JudgeMessage(changed), broken, canon);

    const std::string body = kHead + std::string(kMillion, 'x');
    Expect(JudgeMessage(Signed(body, options)), {}, canon);
    changed = Signed(body, options);
    changed.back() = 'y';
    Expect(JudgeMessage(changed), kBodyChanged, canon);
  }
}

// `count` times `unit` between `first` and `last`, fed in pieces and never held
// as a whole; `canonical` is what RFC 6376 3.4.4 makes of it.
void ExpectLongBody(const std::string& first, const std::string& unit,
                    size_t count, const std::string& last,
                    const std::string& canonical) {
  const std::string header =
      Signed(kHead, {.body_hash = reference::HashOf(
                         reference::DigestName::kSha256, canonical)});
  std::string piece;
  constexpr size_t kUnits = 100'000;
  for (size_t i = 0; i < kUnits; ++i) piece += unit;
  audit::MessageExaminer examiner(audit::MessageLimits{}, {});
  ASSERT_TRUE(examiner.Begin({}, header));
  examiner.Feed(first);
  for (size_t i = 0; i < count; i += kUnits) examiner.Feed(piece);
  examiner.Feed(last);
  Expect(JudgeFacts(examiner.Finish(header.size() + first.size() +
                                    count * unit.size() + last.size())),
         {}, unit);
}

TEST(Case, H27_EndlessWhiteSpace) {
  const size_t n = 50 * kMillion;
  ExpectLongBody("x", " ", n, "y\r\n", "x y\r\n");
  ExpectLongBody("x", " ", n, "", "x\r\n");
  ExpectLongBody("", "\t", n, "", "");
  ExpectLongBody("x", " \t", n / 2, "y", "x y\r\n");
  ExpectLongBody("x\r\n", " \r\n", n / 4, "", "x\r\n");
  ExpectLongBody("x\r\n", "\r\n", n / 4, "", "x\r\n");
  std::string words;
  for (size_t i = 0; i < 8 * kMillion; ++i) words += "a ";
  ExpectLongBody("", "a ", 8 * kMillion, "b\r\n", words + "b\r\n");
  std::string lines;
  for (size_t i = 0; i < 4 * kMillion; ++i) lines += "\r\n";
  ExpectLongBody("", "\r\n", 4 * kMillion, "b\r\n", lines + "b\r\n");
}

std::string Many(std::string_view field, size_t count) {
  std::string fields;
  for (size_t i = 0; i < count; ++i) fields += field;
  return fields;
}

TEST(Case, H28_ManyFields) {
  std::vector<std::string> names(999, "To");
  names.push_back("From");
  const SignOptions options = {.headers = names};
  // The signature, the five fields of kPlain and these are 5,000.
  const std::string fits =
      Signed(WithFieldBelow(kPlain, Many("To: b\r\n", 4994)), options);
  const std::string dup_to = "dup_header:to";
  Expect(JudgeMessage(fits), {.flags = "unsigned_extra", .anomalies = dup_to});
  Expected over = Limit("limit_headers");
  over.anomalies = dup_to;
  Expect(JudgeMessage(WithFieldBelow(fits, "To: b\r\n")), over);

  // Wherever the signature and From stand, they are seen (promise P7).
  for (const bool on_top : {true, false}) {
    for (const auto& [field, anomaly] :
         {std::pair{"To: b\r\n", dup_to.c_str()},
          std::pair{"Received: x\r\n", ""}, std::pair{"X:\r\n", ""}}) {
      const std::string many = Many(field, 70'000);
      Expected expected = Limit("limit_headers");
      expected.anomalies = anomaly;
      const Judged j = JudgeMessage(on_top ? WithFieldOnTop(Signed(), many)
                                           : WithFieldBelow(Signed(), many));
      Expect(j, expected, field);
      EXPECT_TRUE(j.asked.empty());
    }
  }
  Expected many_from = Limit("limit_headers");
  many_from.author = "multi_from";
  many_from.anomalies = "multi_from from_syntax";
  Expect(JudgeMessage(WithFieldOnTop(Signed(), Many("From: a\r\n", 100'000))),
         many_from);
  // 500,000 are more octets than a header may have.
  Expect(JudgeMessage(WithFieldBelow(Signed(), Many("X:\r\n", 500'000))),
         Limit("limit_header_bytes"));
}

TEST(Case, H28_ManyNames) {
  std::string h = "from";
  std::vector<std::string> names = {"from"};
  for (int i = 1; i < 1000; ++i) {
    h += ":to";
    names.emplace_back("to");
  }
  Expect(JudgeMessage(Signed(kPlain, {.headers = names, .tags = {{"h", h}}})),
         {});
  Expect(JudgeMessage(
             Signed(kPlain, {.headers = names, .tags = {{"h", h + ":x"}}})),
         Limit("limit_h"));
  Expect(JudgeMessage(Signed(
             kPlain,
             {.headers = names, .tags = {{"h", "from" + Many(":x", 20'000)}}})),
         Limit("limit_h"));
}

// Well-formed, each with a selector of its own.
std::string JunkSignatures(size_t count) {
  const std::string bh = EncodeBase64(Bytes(32, 0));
  std::string fields;
  for (size_t i = 0; i < count; ++i) {
    fields += "DKIM-Signature: v=1;a=rsa-sha256;d=junk.example;s=s" +
              std::to_string(i) + ";h=from;bh=" + bh + ";b=QUJD\r\n";
  }
  return fields;
}

size_t CountOf(const Judged& judged, std::string_view verdict) {
  size_t count = 0;
  for (size_t i = 0; i < judged.row.signatures.size(); ++i) {
    count += judged.Verdict(i) == verdict;
  }
  return count;
}

constexpr char kOverSignatures[] = "policy limit_signatures not_run not_run";

TEST(Case, H29_ManySignatures) {
  Setting wide;
  wide.limits.max_header_bytes = 64 << 20;
  wide.limits.dkim.max_header_fields = 20'000;
  // All of a stranger: the topmost 64 are looked at.
  const Judged junk = JudgeMessage(JunkSignatures(10'000) + kPlain, wide);
  ASSERT_EQ(junk.row.signatures.size(), 10'000u);
  EXPECT_EQ(CountOf(junk, kOverSignatures), 10'000u - 64);
  EXPECT_EQ(CountOf(junk, "permerror no_key not_run mismatch"), 64u);
  EXPECT_EQ(junk.asked.size(), 64u);
  EXPECT_EQ(junk.Verdict(63), "permerror no_key not_run mismatch");
  EXPECT_EQ(junk.Verdict(64), kOverSignatures);
  EXPECT_EQ(junk.row.message_class,
            audit::MessageClass::kBodyChangedKeyUnknown);
  for (size_t i = 0; i < 10'000; ++i) {
    ASSERT_EQ(junk.evidence(i).index, i + 1);
    ASSERT_EQ(junk.evidence(i).signature.selector, "s" + std::to_string(i));
  }
  // By default so many fields are too many; none is lost.
  const Judged narrow = JudgeMessage(JunkSignatures(8'000) + kPlain);
  EXPECT_EQ(narrow.row.signatures.size(), 8'000u);
  EXPECT_EQ(CountOf(narrow, "policy limit_headers not_run not_run"), 8'000u);
  EXPECT_TRUE(narrow.asked.empty());
}

TEST(Case, H30_JunkAboveTheAlignedSignature) {
  Setting wide;
  wide.limits.max_header_bytes = 64 << 20;
  wide.limits.dkim.max_header_fields = 20'000;
  for (const size_t count : {63u, 64u, 4'900u, 10'000u}) {
    const Judged j = JudgeMessage(JunkSignatures(count) + Signed(),
                                  count < 5'000 ? Setting{} : wide);
    ASSERT_EQ(j.row.signatures.size(), count + 1);
    EXPECT_EQ(j.Verdict(count), "pass ok pass match") << count;
    EXPECT_EQ(j.row.best, static_cast<int>(count));
    EXPECT_EQ(j.row.message_class, audit::MessageClass::kVerifiedAligned);
    EXPECT_EQ(CountOf(j, kOverSignatures), count - 63);
    EXPECT_EQ(j.asked.size(), 64u);
  }
}

// A file that goes away with its object.
class TemporaryFile {
 public:
  TemporaryFile()
      : path_(fs::path(testing::TempDir()) /
              ("mailassay_case_" + std::to_string(getpid()))) {}
  ~TemporaryFile() { fs::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

// All messages of a file; `held`: the most text that a block held.
std::vector<Judged> JudgeFile(const fs::path& path, size_t block_bytes,
                              size_t* held) {
  source::ReadOptions options;
  options.block_bytes = block_bytes;
  auto reader = source::Reader::Open({path.string()}, options);
  std::vector<Judged> rows;
  *held = 0;
  while (auto block = (*reader)->Next()) {
    size_t text = 0;
    for (source::Piece& piece : block->pieces) {
      if (const auto* run = std::get_if<source::MboxRun>(&piece)) {
        text += run->text.size();
        for (const mail::MboxMessage& m : mail::SplitMbox(run->text)) {
          rows.push_back(JudgeMessage(std::string(m.message)));
        }
      } else if (const auto* part = std::get_if<source::FileRun>(&piece)) {
        source::FileRunText file(*part);
        while (file.ReadMore()) {
        }
        text += file.text().size();
        for (const mail::MboxMessage& m : mail::SplitMbox(file.text())) {
          rows.push_back(JudgeMessage(std::string(m.message)));
        }
      } else if (auto* m = std::get_if<source::ExaminedMessage>(&piece)) {
        rows.push_back(JudgeFacts(std::move(*m->facts)));
      }
    }
    *held = std::max(*held, text);
  }
  return rows;
}

// What the limit cuts off is not there, and nothing is said of it (promise P5).
TEST(Case, H31_CutByTheLimit) {
  const std::string signature = Sign(kPlain, RsaKey());
  constexpr size_t kLimit = 1 << 20;
  const size_t above = kPlain.find("\r\n\r\n") + 2;
  // The limit falls on each place in the signature in turn.
  for (size_t cut = 0; cut <= signature.size() + 2; cut += 7) {
    const std::string filler = std::string(kLimit - above - cut - 9, 'x');
    const std::string message = WithFieldBelow(
        kPlain, "X-Long: " + filler + "\n" + signature + "X: y\r\n");
    const Judged j = JudgeMessage(message);
    EXPECT_EQ(j.facts->limit, dkim::Reason::kLimitHeaderBytes);
    EXPECT_EQ(j.row.message_class, audit::MessageClass::kUnjudged);
    EXPECT_EQ(j.row.reason, dkim::Reason::kLimitHeaderBytes) << cut;
    EXPECT_FALSE(j.facts->anomalies.Has(mail::Anomaly::kNoBodySeparator));
    EXPECT_EQ(mail::AuthorDefectName(j.facts->author.defect), "none");
  }
  // From may stand behind the limit: that it is missing is not known.
  const std::string late = "X-Long: " + std::string(kLimit, 'x') + "\r\n";
  const Judged j = JudgeMessage(WithFieldOnTop(Signed(), late));
  EXPECT_EQ(j.Anomalies(), "");
  EXPECT_EQ(j.row.reason, dkim::Reason::kLimitHeaderBytes);
}

TEST(Case, H31_HeaderWithoutEnd) {
  const std::string line = "From a@example.com Sun Mar  1 12:00:00 2026\r\n";
  constexpr size_t kBlock = 2 << 20;
  const TemporaryFile file;
  // In the middle, with an end and a body; as the last, without one.
  for (const bool ends : {true, false}) {
    std::ofstream out(file.path(), std::ios::binary | std::ios::trunc);
    out << line << Signed() << "\r\n" << line << Sign(kPlain, RsaKey());
    const std::string piece = Many("X-Endless: 0123456789\r\n", 45'000);
    for (size_t written = 0; written < 64 << 20; written += piece.size()) {
      out << piece;
    }
    if (ends) out << kPlain << "\r\n" << line << Signed();
    out.close();
    ASSERT_TRUE(out.good());
    size_t held = 0;
    const std::vector<Judged> rows = JudgeFile(file.path(), kBlock, &held);
    ASSERT_EQ(rows.size(), ends ? 3u : 2u);
    Expect(rows[0], {});
    EXPECT_EQ(rows[1].Verdict(), "policy limit_header_bytes not_run not_run");
    EXPECT_EQ(rows[1].facts->limit, dkim::Reason::kLimitHeaderBytes);
    EXPECT_EQ(rows[1].row.message_class, audit::MessageClass::kUnjudged);
    EXPECT_GT(rows[1].facts->length, 64u << 20);
    EXPECT_TRUE(rows[1].asked.empty());
    if (ends) Expect(rows[2], {});
    EXPECT_LE(held, kBlock);
  }
}

}  // namespace
}  // namespace mailassay::cases
