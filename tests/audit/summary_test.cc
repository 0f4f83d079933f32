#include "lib/audit/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

constexpr char kGolden[] =
    R"(999 messages with 995 signatures, 52.1 MB read in 3.2 s by 8 jobs
from archive/2024, list.mbox
keys: 1 key file, then DNS at 127.0.0.1@53, 12 names asked; judged at time of receipt

                          messages    share  main reasons
verified and aligned           600   60.1 %
verified, not aligned          200   20.0 %
holds, refused by a rule        10    1.0 %  expired 10
broken                          55    5.5 %  body_changed 50, header_changed 5
body changed, key unknown        0      0 %
can't be judged                130   13.0 %  no_key 100, wrong_key 30
not signed                       4    0.4 %
no trace of transport            0      0 %

sender                        messages   aligned unaligned    broken  unjudged  unsigned     other
example.com                        600     100 %       0 %       0 %       0 %       0 %       0 %
news.example                       200       0 %     100 %       0 %       0 %       0 %       0 %
old.example                        130       0 %       0 %       0 %     100 %       0 %       0 %
list.example                        55       0 %       0 %     100 %       0 %       0 %       0 %
a.example                           10       0 %       0 %       0 %       0 %       0 %     100 %
and 1 other sender

What touches most messages:
1. 200 messages of news.example: signed by esp.example, not by the author's domain, 2023-11-14
   they pass, but are not aligned: let the service sign with d=news.example; e.g. mail.mbox@600000
2. 100 messages: no key is published (any more) under sel._domainkey.old.example, 2023-11-14
   give the key with --keys if you have it from the time of receipt; e.g. mail.mbox@855000
3. 50 messages of list.example: the body was changed after signing, 2023-11-14
   list footers, gateways and exports of mailboxes do this; e.g. mail.mbox@800000

Not read, or not whole:
  1 not_mail (pst): archive/2024/old.pst

Saved in out: messages.csv, signatures.csv, senders.csv
)";
using Json = nlohmann::json;

// A ledger with rows added by hand.
class Made {
 public:
  explicit Made(size_t cap = 1 << 20) : ledger_(cap, &storage_) {}

  void Add(uint64_t times, std::string_view from, std::string_view d,
           Reason reason) {
    for (uint64_t i = 0; i < times; ++i) {
      MessageFacts facts = MakeFacts(from, next_++ * 1000);
      if (!d.empty()) facts.signatures = {MakeEvidence(d)};
      BatchTally batch;
      batch.Add(MakeRow(facts, reason));
      ledger_.Merge(batch);
    }
  }
  Ledger& ledger() { return ledger_; }

 private:
  MemoryStorage storage_;
  Ledger ledger_;
  uint64_t next_ = 0;
};

RunFacts SomeRun() {
  RunFacts run;
  run.inputs = {"archive/2024", "list.mbox"};
  run.input_bytes = run.total_bytes = 52100000;
  run.seconds = 3.21;
  run.jobs = 8;
  run.keys = "1 key file, then DNS at 127.0.0.1@53";
  run.names_asked = 12;
  run.judged_at = "time of receipt";
  run.out_dir = "out";
  run.saved = {"messages.csv", "signatures.csv", "senders.csv"};
  return run;
}

void FillSome(Made* made) {
  made->Add(600, "example.com", "example.com", Reason::kOk);
  made->Add(200, "news.example", "esp.example", Reason::kOk);
  made->Add(50, "list.example", "list.example", Reason::kBodyChanged);
  made->Add(5, "list.example", "list.example", Reason::kHeaderChanged);
  made->Add(100, "old.example", "old.example", Reason::kNoKey);
  made->Add(30, "old.example", "old.example", Reason::kWrongKey);
  made->Add(10, "a.example", "a.example", Reason::kExpired);
  made->Add(4, "b.example", "", Reason::kOk);
}

TEST(Summary, Golden) {
  Made made;
  FillSome(&made);
  made.ledger().AddError(
      MakeError(ErrorCode::kNotMail, "archive/2024/old.pst", "pst"));
  EXPECT_EQ(Summary(made.ledger(), SomeRun()), kGolden);
}

TEST(Summary, AboutTwentyFiveLines) {
  Made made;
  FillSome(&made);
  const std::string summary = Summary(made.ledger(), SomeRun());
  EXPECT_LE(CountLines(summary), 32u);
  EXPECT_LT(LongestLine(summary), 100u);
}

TEST(Summary, Partial) {
  Made made;
  made.Add(1, "a.example", "a.example", Reason::kOk);
  RunFacts run = SomeRun();
  run.partial = true;
  run.input_bytes = 1234567;
  EXPECT_TRUE(
      Summary(made.ledger(), run)
          .starts_with("PARTIAL: first 1,234,567 of 52,100,000 bytes\n"));
  run.total_bytes = 0;  // a pipe
  EXPECT_TRUE(Summary(made.ledger(), run)
                  .starts_with("PARTIAL: first 1,234,567 bytes\n"));
}

// Nobody can take a sample for the whole, whichever block he reads.
TEST(Summary, Sample) {
  Made made;
  FillSome(&made);
  made.ledger().AddError(
      MakeError(ErrorCode::kNotMail, "archive/2024/old.pst", "pst"));
  RunFacts run = SomeRun();
  run.sample = {.percent = "0.5",
                .bytes = 41'000'000,
                .of_bytes = 8'200'000'000,
                .about = false,
                .estimate = Estimate{.seconds = 640,
                                     .disk_bytes = 930'000'000,
                                     .spare_bytes = 200'000'000}};
  const std::string summary = Summary(made.ledger(), run);
  EXPECT_TRUE(summary.starts_with(
      "SAMPLE of 0.5 %: 41.0 MB of 8.2 GB; every figure below is of the sample "
      "alone\n999 messages with 995 signatures, 41.0 MB sampled in 3.2 s"))
      << summary;
  for (const char* line :
       {"in sample    share  main reasons\n",
        "in sample   aligned unaligned    broken  unjudged  unsigned     "
        "other\n",
        "and 1 other sender in the sample\n",
        "What touches most messages of the sample:\n",
        "Not read, or not whole, in the sample:\n",
        "The full run: about 10 min 40 s by 8 jobs, without more waiting for "
        "DNS, and about 930.0 MB on"}) {
    EXPECT_NE(summary.find(line), std::string::npos) << line << summary;
  }
  EXPECT_NE(summary.find("999 messages\n"), std::string::npos) << summary;
  EXPECT_EQ(summary.find("messages    share"), std::string::npos);
  EXPECT_LT(LongestLine(summary), 100u);

  run.sample->about = true;
  run.partial = true;
  const std::string partial = Summary(made.ledger(), run);
  EXPECT_NE(partial.find("41.0 MB of about 8.2 GB"), std::string::npos);
  EXPECT_EQ(partial.find("The full run"), std::string::npos);
  run.partial = false;
  run.sample->estimate->seconds.reset();
  EXPECT_NE(Summary(made.ledger(), run).find("The full run: about 930.0 MB on"),
            std::string::npos);
  Made none;
  const std::string empty = Summary(none.ledger(), run);
  EXPECT_NE(empty.find("in the sample; a larger one"), std::string::npos);
  EXPECT_NE(empty.find("can't be estimated"), std::string::npos);
}

TEST(TotalsJson, Sample) {
  Made made;
  FillSome(&made);
  RunFacts run = SomeRun();
  EXPECT_FALSE(Json::parse(TotalsJson(made.ledger(), run)).contains("sample"));
  run.sample = {.percent = "0.5",
                .bytes = 41,
                .of_bytes = 8200,
                .about = false,
                .estimate = Estimate{
                    .seconds = 640, .disk_bytes = 930, .spare_bytes = 200}};
  const Json expected = {{"percent", 0.5},
                         {"bytes", 41},
                         {"of_bytes", 8200},
                         {"of_bytes_estimated", false}};
  EXPECT_EQ(Json::parse(TotalsJson(made.ledger(), run))["sample"], expected);
  const auto run_sample = [&] {
    return Json::parse(RunJson(made.ledger(), run, {}))["sample"];
  };
  Json full = expected;
  full["full_run"] = {{"seconds", 640.0},
                      {"disk_bytes", 930},
                      {"disk_bytes_until_finished", 1130},
                      {"from_messages", 999}};
  EXPECT_EQ(run_sample(), full);
  run.sample->estimate->seconds.reset();
  EXPECT_FALSE(run_sample()["full_run"].contains("seconds"));
  run.partial = true;
  EXPECT_EQ(run_sample(), expected);
}

TEST(Summary, NothingFoundNothingSaved) {
  Made made;
  const std::string summary = Summary(made.ledger(), {});
  EXPECT_NE(summary.find("No messages were found."), std::string::npos);
  EXPECT_NE(summary.find("Nothing was saved"), std::string::npos);
  EXPECT_EQ(summary.find("nan"), std::string::npos);
}

TEST(Summary, FilterAndNotesAreSaid) {
  Made made;
  made.Add(1, "a.example", "a.example", Reason::kOk);
  RunFacts run = SomeRun();
  run.from_filter = {"a.example"};
  run.filtered_out = 4321;
  run.notes = {"messages.csv left out: over 1,000,000 messages (--rows)"};
  const std::string summary = Summary(made.ledger(), run);
  EXPECT_NE(summary.find("only mail from a.example; 4,321 other"),
            std::string::npos);
  EXPECT_NE(summary.find("note: messages.csv left out"), std::string::npos);
}

// "Fail" is never said of a missing or replaced key.
TEST(Summary, NoAccusationOfWhatIsUnknown) {
  Made made;
  made.Add(3, "a.example", "a.example", Reason::kNoKey);
  made.Add(3, "a.example", "a.example", Reason::kWrongKey);
  made.Add(3, "a.example", "a.example", Reason::kRevoked);
  made.Add(3, "a.example", "a.example", Reason::kDnsTimeout);
  std::string summary = Summary(made.ledger(), SomeRun());
  for (char& c : summary) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(summary.find("fail"), std::string::npos);
}

// Case O3 and 4 KB names: nothing acts, nothing is over 99 columns.
TEST(Summary, HostileTexts) {
  std::string hostile;
  while (hostile.size() < 4096)
    hostile += "\x1b[2J\xE2\x80\xAE\xFF\n\t\xC2\x9B";
  const std::string longest(4096, 'w');
  for (const std::string& text : {hostile, longest}) {
    Made made;
    MessageFacts facts = MakeFacts(text);
    Input input = *facts.input;
    input.file = text;
    facts.input = std::make_shared<const Input>(input);
    facts.author.domain = text;
    facts.signatures = {MakeEvidence(text, text)};
    for (const Reason reason : {Reason::kOk, Reason::kNoKey, Reason::kExpired,
                                Reason::kBodyChanged, Reason::kSigSyntax}) {
      BatchTally batch;
      MessageRow row = MakeRow(facts, reason);
      batch.Add(row);
      row.message_class = MessageClass::kVerifiedUnaligned;
      batch.Add(row);
      made.ledger().Merge(batch);
      made.ledger().AddError(MakeError(ErrorCode::kDamaged, text, text, text));
    }
    RunFacts run = SomeRun();
    run.inputs = run.from_filter = run.saved = run.notes = {text, text};
    run.keys = run.judged_at = run.out_dir = text;
    const std::string summary = Summary(made.ledger(), run);
    EXPECT_LT(LongestLine(summary), 100u);
    EXPECT_TRUE(IsSafe(summary));
    EXPECT_LE(CountLines(summary), 50u);
    EXPECT_TRUE(Json::accept(TotalsJson(made.ledger(), run)));
  }
}

TEST(Summary, WideCounts) {
  MemoryStorage storage;
  Ledger ledger(1 << 20, &storage);
  BatchTally batch;
  constexpr uint64_t kMany = 1000000000000;
  batch.totals.messages = batch.totals.signatures = kMany;
  batch.totals.message_bytes = UINT64_MAX;
  batch.totals.classes = {kMany - 6, 1, 1, 1, 1, 1, 1};
  for (int i = 1; i < static_cast<int>(Reason::kCount); ++i) {
    batch.totals.reasons[{MessageClass::kUnjudged, static_cast<Reason>(i)}]
        .count = kMany;
  }
  SenderTally& sender = batch.senders[std::string(253, 'x')];
  sender.count = kMany;
  sender.classes = batch.totals.classes;
  batch.findings[std::string("body_changed\0", 13) + std::string(253, 'x')]
      .count = kMany;
  ledger.Merge(batch);
  RunFacts run = SomeRun();
  run.input_bytes = run.total_bytes = UINT64_MAX;
  run.partial = true;
  const std::string summary = Summary(ledger, run);
  EXPECT_LT(LongestLine(summary), 100u) << summary;
  EXPECT_NE(summary.find(">99.9 %"), std::string::npos);
  EXPECT_NE(summary.find("<0.1 %"), std::string::npos);
  EXPECT_EQ(summary.find("100 %"), std::string::npos);
}

TEST(TotalsJson, IsOneDocumentAndAddsUp) {
  Made made;
  FillSome(&made);
  const std::string text = TotalsJson(made.ledger(), SomeRun());
  const Json json = Json::parse(text);
  EXPECT_EQ(json["messages"], 999);
  uint64_t all = 0;
  for (const auto& [name, count] : json["classes"].items()) {
    all += count.get<uint64_t>();
  }
  EXPECT_EQ(all, 999u);
  EXPECT_EQ(json["classes"].size(), 8u);
  EXPECT_EQ(json["senders"], 6);
  EXPECT_EQ(json["signature_reasons"]["ok"], 800);
  EXPECT_EQ(json["findings"][0]["code"], "verified_unaligned");
  EXPECT_EQ(json["findings"][0]["count"], 200);
  EXPECT_EQ(json["findings"][0]["example"], "mail.mbox@600000");
  EXPECT_EQ(json["reasons"][0]["reason"], "expired");
  // The same for any number of jobs and any speed.
  RunFacts other = SomeRun();
  other.jobs = 1;
  other.seconds = 99;
  EXPECT_EQ(TotalsJson(made.ledger(), other), text);
}

TEST(TotalsJson, SameWhenSpilled) {
  Made small(0), large(1 << 30);
  FillSome(&small);
  FillSome(&large);
  EXPECT_EQ(TotalsJson(small.ledger(), SomeRun()),
            TotalsJson(large.ledger(), SomeRun()));
  EXPECT_EQ(Summary(small.ledger(), SomeRun()),
            Summary(large.ledger(), SomeRun()));
}

TEST(RunJson, SaysHowTheRunWasMade) {
  Made made;
  FillSome(&made);
  RunFacts run = SomeRun();
  run.books.emplace();
  run.books->stream_bytes = 1000500;
  run.books->messages = 999;
  run.books->message_bytes = 999000;
  (*run.books)[Gap::kSeparator] = 1500;
  RunSettings settings;
  settings.version = "0.1.0";
  settings.options = {"verify", "list.mbox\xFF"};
  settings.key_sources = {"import:keys.tsv", "dns"};
  settings.limits = {{"max_message_bytes", 268435456}};
  const Json json = Json::parse(RunJson(made.ledger(), run, settings));
  EXPECT_EQ(json["program"], "mailassay");
  EXPECT_EQ(json["version"], "0.1.0");
  EXPECT_EQ(json["options"][1], "list.mbox\\xFF");
  EXPECT_EQ(json["public_suffix_list"]["path"], "built in");
  EXPECT_EQ(json["limits"]["max_message_bytes"], 268435456);
  EXPECT_EQ(json["accounting"]["message_bytes"], 999000);
  EXPECT_EQ(json["accounting"]["balanced"], true);
  EXPECT_EQ(json["totals"]["messages"], 999);
  EXPECT_EQ(json["evaluation_time"], "time of receipt");
  EXPECT_EQ(json["accounting"]["gap_bytes"]["separator"], 1500);
  (*run.books)[Gap::kSeparator] = 1499;
  EXPECT_EQ(Json::parse(RunJson(made.ledger(), run,
                                settings))["accounting"]["balanced"],
            false);
}

// Only what is wrong; the rest is in the table.
TEST(Summary, WorstKeyFindings) {
  Made made;
  made.Add(3, "a.example", "a.example", Reason::kNoKey);
  RunFacts run;
  run.out_dir = "out";
  KeyFinding finding;
  finding.fault = KeyFault::kKeyOld;
  finding.domain = "info.example";
  run.key_findings.Add(finding);
  EXPECT_EQ(Summary(made.ledger(), run).find("key_findings"),
            std::string::npos);
  finding.fault = KeyFault::kCnameLoop;
  finding.severity = Severity::kError;
  finding.domain = std::string(250, 'd');
  finding.selector = "s\x1b";
  finding.messages = 1;
  run.key_findings.Add(finding);
  const std::string text = Summary(made.ledger(), run);
  EXPECT_NE(text.find("What is wrong with keys (1 error, 0 warnings; "
                      "key_findings.csv):\n- cname_loop: "),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("info.example"), std::string::npos);
  EXPECT_LE(LongestLine(text), 98u);
  EXPECT_TRUE(IsSafe(text));
  const Json json = Json::parse(TotalsJson(made.ledger(), run));
  EXPECT_EQ(json["key_findings"][0]["code"], "cname_loop");
  EXPECT_EQ(json["key_findings"][0]["severity"], "error");
  EXPECT_EQ(json["key_findings_all"], 2);
}

}  // namespace
}  // namespace mailassay::audit
