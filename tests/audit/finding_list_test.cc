#include "lib/audit/finding_list.h"

#include <gtest/gtest.h>

#include "lib/mail/date.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

class Archive {
 public:
  explicit Archive(size_t cap = 1 << 20) : ledger_(cap, &storage_) {}

  void Add(const std::string& file, const std::string& domain, Reason reason,
           std::string_view time = "2023-11-14T00:00:00Z",
           bool is_signed = true) {
    auto input = std::make_shared<Input>();
    input->ordinal = next_;
    input->file = file;
    MessageFacts facts = MakeFacts(domain, next_++ * 1000);
    facts.input = input;
    facts.received.seconds = *mail::ParseTimeOption(std::string(time));
    if (is_signed) facts.signatures = {MakeEvidence(domain)};
    BatchTally batch;
    batch.Add(MakeRow(facts, reason));
    ledger_.Merge(batch);
  }
  void AddDamaged(const std::string& directory, int senders,
                  Reason reason = Reason::kBodyChanged) {
    for (int i = 0; i < senders; ++i) {
      Add(directory + "/" + std::to_string(i) + ".eml",
          "sender" + std::to_string(i) + ".example", reason);
    }
  }
  FindingList List(size_t size = 10) { return ListFindings(ledger_, size, 95); }
  // "code subject count" of each.
  std::vector<std::string> Codes() {
    std::vector<std::string> codes;
    for (const ListedFinding& finding : List().entries) {
      codes.push_back(finding.text.code + " " + finding.text.subject + " " +
                      std::to_string(finding.tally.count));
    }
    return codes;
  }

 private:
  MemoryStorage storage_;
  Ledger ledger_;
  uint64_t next_ = 0;
};

using Codes = std::vector<std::string>;

// The case 36 of public reports: an export whose bodies are all others.
TEST(FindingList, AWholeInputIsOneFinding) {
  for (const size_t cap : {size_t{0}, size_t{1} << 20}) {
    Archive archive(cap);
    archive.AddDamaged("export", 24);
    const FindingList list = archive.List();
    ASSERT_EQ(list.entries.size(), 1u);
    EXPECT_EQ(list.all, 1u);
    EXPECT_EQ(list.entries[0].text.code, "input_bodies_changed");
    EXPECT_EQ(list.entries[0].text.subject, "export");
    EXPECT_EQ(list.entries[0].text.what,
              "24 of 24 signed messages in export: bodies rewritten, headers "
              "intact");
    EXPECT_EQ(list.entries[0].text.hint,
              "24 signers, 2023-11-14: most likely the export, or what stored "
              "or received it, not the senders");
  }
}

TEST(FindingList, FewOrOtherMailKeepsItsSenders) {
  Archive archive;
  archive.AddDamaged("few", 4);
  EXPECT_EQ(archive.Codes(), (Codes{"body_changed sender0.example 1",
                                    "body_changed sender1.example 1",
                                    "body_changed sender2.example 1",
                                    "body_changed sender3.example 1"}));
}

// Other inputs, and other damage in the same, are still told by sender; and the
// sums are of what is left.
TEST(FindingList, OnlyWhatIsExplainedIsLeftOut) {
  Archive archive;
  archive.AddDamaged("export", 30);
  archive.Add("export/h.eml", "sender1.example", Reason::kHeaderChanged);
  archive.Add("box/1.eml", "sender1.example", Reason::kBodyChanged);
  archive.Add("box/2.eml", "sender1.example", Reason::kBodyChanged);
  archive.Add("box/3.eml", "sender9.example", Reason::kOk);
  EXPECT_EQ(archive.Codes(), (Codes{"input_bodies_changed export 30",
                                    "body_changed sender1.example 2",
                                    "header_changed sender1.example 1"}));
}

TEST(FindingList, ALargerPartIsNamedWhereItFits) {
  Archive archive;
  for (const char* folder : {"all/a", "all/a-b", "all/a/c", "all/z"}) {
    archive.AddDamaged(folder, 3);  // none of them alone
  }
  EXPECT_EQ(archive.Codes(), (Codes{"input_bodies_changed all 12"}));
  // A sound folder beside them leaves the parts that are not.
  for (int i = 0; i < 40; ++i) {
    archive.Add("all/sound/" + std::to_string(i), "x.example", Reason::kOk);
  }
  archive.AddDamaged("all/a/c", 3);
  EXPECT_EQ(archive.Codes().front(), "input_bodies_changed all/a 9");
}

TEST(FindingList, APartThatHasItAllIsNamedItself) {
  Archive archive;
  archive.AddDamaged("/home/ann/mail/export", 6, Reason::kHeaderChanged);
  archive.Add("/home/ann/mail/box/1.eml", "x.example", Reason::kNoKey);
  EXPECT_EQ(archive.Codes().front(),
            "input_headers_changed /home/ann/mail/export 6");
}

TEST(FindingList, TheGreatestComeFirstAndAllAreCounted) {
  Archive archive;
  archive.AddDamaged("export", 7);
  for (int i = 0; i < 9; ++i) {
    archive.Add("box/m", "big.example", Reason::kNoKey);
  }
  const FindingList list = archive.List(1);
  ASSERT_EQ(list.entries.size(), 1u);
  EXPECT_EQ(list.entries[0].text.code, "no_key");
  EXPECT_EQ(list.all, 2u);
  EXPECT_EQ(archive.List(0).all, 2u);
}

TEST(FindingList, UnsignedMailOfTheTimeBeforeIsOver) {
  const auto hint = [](Archive& archive) {
    return archive.List().entries.at(0).text.hint;
  };
  Archive archive;
  for (int i = 0; i < 12; ++i) {
    archive.Add("box/m", "late.example", Reason::kOk, "2021-11-30T00:00:00Z",
                false);
  }
  EXPECT_EQ(hint(archive),
            "let every service that sends for the domain sign with DKIM");
  for (int i = 0; i < 3; ++i) {
    archive.Add("box/m", "late.example", Reason::kOk, "2021-12-02T00:00:00Z");
  }
  EXPECT_EQ(hint(archive), "signed since 2021-12: over, nothing is left to do");
  EXPECT_EQ(archive.List().entries.at(0).text.what,
            "12 messages of late.example: not signed, 2021-11-30");
  // One more in the last month, and the advice stands again.
  archive.Add("box/m", "late.example", Reason::kOk, "2022-03-02T00:00:00Z",
              false);
  EXPECT_EQ(hint(archive),
            "let every service that sends for the domain sign with DKIM");
}

// A service that seldom sends unsigned mail is not over because it has sent
// none for a while.
TEST(FindingList, SeldomIsNotOver) {
  Archive archive;
  for (int i = 0; i < 99; ++i) {
    archive.Add("box/m", "a.example", Reason::kOk, "2021-01-01T00:00:00Z");
  }
  archive.Add("box/m", "a.example", Reason::kOk, "2021-01-01T00:00:00Z", false);
  for (int i = 0; i < 30; ++i) {
    archive.Add("box/m", "a.example", Reason::kOk, "2021-02-01T00:00:00Z");
  }
  EXPECT_EQ(archive.List().entries.at(0).text.hint,
            "let every service that sends for the domain sign with DKIM");
}

}  // namespace
}  // namespace mailassay::audit
