#include "lib/audit/method.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "lib/audit/row_filter.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

// An audit made by hand.
class Made {
 public:
  Made() {
    run_.inputs = {"mail.mbox"};
    run_.judged_at = "time of receipt";
    run_.saved = {"audit.sqlite", "messages.csv", "run.json"};
    run_.books.emplace();
    settings_.version = "1.2.3";
    settings_.options = {"verify", "--offline", "mail.mbox"};
    settings_.public_suffix_list = "/list";
    settings_.public_suffix_list_sha256 = std::string(64, 'f');
    settings_.limits = {{"max_message_bytes", 1000}};
  }

  void Add(std::string_view from, Reason reason, uint64_t times = 1) {
    for (uint64_t i = 0; i < times; ++i) {
      MessageFacts facts = MakeFacts(from, next_++ * 1000);
      facts.signatures = {MakeEvidence(from)};
      BatchTally batch;
      batch.Add(MakeRow(facts, reason));
      ledger_.Merge(batch);
      run_.books->AddMessage(facts.length);
      run_.books->stream_bytes += facts.length;
    }
  }

  std::string Text() { return MethodText(ledger_, run_, settings_, method_); }
  // With its lines joined, so that wrapping hides nothing.
  std::string Joined() {
    std::istringstream words(Text());
    std::string joined;
    for (std::string word; words >> word;) joined += word + " ";
    return joined;
  }

  Ledger& ledger() { return ledger_; }
  RunFacts& run() { return run_; }
  RunSettings& settings() { return settings_; }
  MethodFacts& method() { return method_; }

 private:
  MemoryStorage storage_;
  Ledger ledger_{1 << 20, &storage_};
  RunFacts run_;
  RunSettings settings_;
  MethodFacts method_;
  uint64_t next_ = 0;
};

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Method, ClassesAndAccounting) {
  Made made;
  made.Add("a.example", Reason::kOk, 3);
  made.Add("a.example", Reason::kBodyChanged);
  (*made.run().books)[Gap::kSeparator] = 50;
  made.run().books->stream_bytes += 50;
  const std::string text = made.Joined();
  EXPECT_TRUE(Has(text, "verified and aligned 3 75.0 % verified_aligned"));
  EXPECT_TRUE(Has(text, "broken 1 25.0 % broken"));
  EXPECT_TRUE(Has(text, "4,000 octets in 4 messages"));
  EXPECT_TRUE(Has(text, "separator 50 octets"));
  EXPECT_TRUE(Has(text, "4,050 octets"));
  EXPECT_TRUE(Has(text, "nothing is missing"));
  for (int i = 0; i < static_cast<int>(MessageClass::kCount); ++i) {
    EXPECT_TRUE(Has(text, MessageClassCode(static_cast<MessageClass>(i))));
  }
  made.run().books->stream_bytes += 1;
  EXPECT_FALSE(Has(made.Joined(), "nothing is missing"));
}

// A lawyer must not read that a message with an unknown key failed.
TEST(Method, NoAccusationOfWhatIsUnknown) {
  Made made;
  for (const Reason reason : {Reason::kNoKey, Reason::kWrongKey,
                              Reason::kRevoked, Reason::kDnsTimeout}) {
    made.Add("a.example", reason);
  }
  const std::string text = made.Joined();
  EXPECT_FALSE(Has(text, "fail"));
  EXPECT_FALSE(Has(text, "forged"));
  EXPECT_TRUE(Has(text, "accuses nobody"));
}

TEST(Method, WhatKindOfAudit) {
  Made made;
  made.Add("a.example", Reason::kOk);
  const std::string plain = made.Text();
  for (const char* word : {"PARTIAL", "SAMPLE", "SHARD", "SELECTION"}) {
    EXPECT_FALSE(Has(plain, word));
  }
  made.run().partial = true;
  made.method().shard = "2/4";
  made.method().part = "of the class broken";
  (*made.run().books)[Gap::kNotSampled] = 1;
  const std::string text = made.Text();
  for (const char* word : {"PARTIAL", "SAMPLE", "SHARD", "SELECTION"}) {
    EXPECT_TRUE(Has(text, word)) << word;
  }
}

TEST(Method, Errors) {
  Made made;
  EXPECT_TRUE(Has(made.Joined(), "was read whole"));
  made.ledger().AddError(MakeError(ErrorCode::kNotMail, "old.pst", "pst"));
  made.ledger().AddError(MakeError(ErrorCode::kNotMail, "x.jpg", "jpeg"));
  made.ledger().AddError(MakeError(ErrorCode::kDamaged, "b.gz"));
  (*made.run().books)[Gap::kDamaged] = 77;
  const std::string text = made.Joined();
  EXPECT_FALSE(Has(text, "was read whole"));
  EXPECT_TRUE(Has(text, "not_mail: 2"));
  EXPECT_TRUE(Has(text, "First: old.pst"));
  EXPECT_TRUE(Has(text, "damaged: 1"));
  EXPECT_TRUE(Has(text, "77 octets of mail are lost"));
  // Each kind has a meaning of its own.
  for (int i = 0; i < static_cast<int>(ErrorCode::kCount); ++i) {
    Made one;
    one.ledger().AddError(MakeError(static_cast<ErrorCode>(i), "f"));
    EXPECT_TRUE(Has(one.Joined(), ". First: f"));
  }
}

TEST(Method, MessagesOverALimit) {
  Made made;
  made.Add("a.example", Reason::kLimitSignatures, 2);
  EXPECT_TRUE(Has(made.Joined(), "limit_signatures 2 messages"));
}

TEST(Method, Keys) {
  Made made;
  EXPECT_TRUE(Has(made.Joined(), "no key was at hand"));
  made.Add("a.example", Reason::kOk, 2);
  made.Add("b.example", Reason::kOk);
  made.method().key_files = {{"keys.tsv", std::string(64, 'a')}};
  std::string text = made.Joined();
  EXPECT_TRUE(Has(text, "keys.tsv SHA-256 " + std::string(64, 'a')));
  EXPECT_TRUE(Has(text, "DNS was not asked."));
  EXPECT_TRUE(Has(text, "a usable key 2 names, 3 signatures"));
  EXPECT_TRUE(Has(text, "Together 2 names"));
  made.method().dns = "DNS at 10.0.0.1";
  made.method().dns_names = 7;
  made.method().answered = {1700000000, 1700000100};
  text = made.Joined();
  EXPECT_TRUE(Has(text, "DNS at 10.0.0.1, 7 names"));
  EXPECT_TRUE(Has(text, "2023-11-14T22:13:20Z to 2023-11-14T22:15:00Z"));
  EXPECT_TRUE(Has(text, "mailassay recheck DIR --offline -o NEW"));
}

TEST(Method, RulesOfJudgement) {
  Made made;
  EXPECT_TRUE(Has(made.Joined(), "at the time when the message was received"));
  made.run().judged_at = "2026-03-01T00:00:00Z";
  made.method().min_rsa_bits = 2048;
  const std::string text = made.Joined();
  EXPECT_TRUE(Has(text, "one time for all messages: 2026-03-01T00:00:00Z"));
  EXPECT_TRUE(Has(text, "less than 2048 bits"));
}

TEST(Method, Command) {
  Made made;
  made.settings().options = {"verify",
                             "--at",
                             "now",
                             "it's",
                             "a b",
                             std::string("c\n\xFF"
                                         "9",
                                         4),
                             ""};
  made.run().judged_at = "2026-03-01T00:00:00Z";
  EXPECT_TRUE(Has(made.Text(),
                  "  mailassay verify --at 2026-03-01T00:00:00Z 'it'\\''s' "
                  "'a b' $'c\\012\\3779' '' \\\n      -o DIR\n"))
      << made.Text();
}

TEST(Method, CommandsOfAnAuditInParts) {
  Made made;
  made.method().merged = 4;
  made.settings().options = {"verify", "--shard", "1/4", "a.mbox"};
  made.method().rechecks = {"recheck old --keys k"};
  const std::string text = made.Joined();
  EXPECT_TRUE(Has(text, "mailassay verify a.mbox --shard I/4 -o SHARD-I"));
  EXPECT_TRUE(Has(text, "mailassay merge -o DIR SHARD-1 SHARD-2"));
  EXPECT_TRUE(Has(text, "mailassay recheck old --keys k"));
  made.settings().options = {"verify", "--shard=1/4", "a.mbox"};
  EXPECT_EQ(made.Joined(), text);
}

Input InputOf(uint64_t ordinal, std::string file, std::string archive = "") {
  Input input;
  input.ordinal = ordinal << 32;
  input.file = std::move(file);
  input.archive = std::move(archive);
  input.stored_bytes = 1234;
  input.modified_ns = -1;  // 1969
  return input;
}

TEST(Method, Inputs) {
  Made made;
  Books books;
  books.messages = 3;
  MethodInputs& inputs = made.method().inputs;
  inputs.Add(InputOf(0, "-"), books);
  inputs.Add(InputOf(1, "b.tar!x", "b.tar"), books);
  inputs.Add(InputOf(1, "b.tar!y", "b.tar"), books);
  FileHash hash = {.number = 1, .file = "b.tar", .sha256 = {}};
  hash.sha256.size = 32;
  hash.sha256.bytes.fill(0xdd);
  inputs.AddHash(hash);
  hash.number = 3;  // told before its file
  inputs.AddHash(hash);
  inputs.Add(InputOf(3, "c.mbox"), books);
  EXPECT_EQ(inputs.count(), 3u);
  std::string text = made.Joined();
  EXPECT_TRUE(Has(text, "found in 3 files"));
  EXPECT_TRUE(Has(text,
                  "b.tar 1,234 octets, last changed 1969-12-31T23:59:59Z, "
                  "6 messages SHA-256 " +
                      std::string(64, 'd')))
      << text;
  EXPECT_TRUE(Has(text,
                  "c.mbox 1,234 octets, last changed 1969-12-31T23:59:59Z, "
                  "3 messages SHA-256 " +
                      std::string(64, 'd')))
      << text;
  EXPECT_FALSE(Has(text, "No SHA-256"));
  for (uint64_t i = 4; i < 204; ++i) {
    inputs.Add(InputOf(i, "f" + std::to_string(i)), books);
  }
  EXPECT_EQ(inputs.count(), 203u);
  EXPECT_EQ(inputs.first().size(), MethodInputs::kKept);
  text = made.Joined();
  EXPECT_TRUE(Has(text, "And 153 more"));
  EXPECT_FALSE(Has(text, "f100"));
}

TEST(Method, HostileTextsAreSafe) {
  std::string hostile;
  while (hostile.size() < 4096) {
    hostile += "\x1b[2J\xE2\x80\xAE\xFF\n\t\xC2\x9B";
  }
  Made made;
  made.Add(hostile, Reason::kOk);
  made.ledger().AddError(
      MakeError(ErrorCode::kDamaged, hostile, hostile, hostile));
  made.run().inputs = made.run().from_filter = {hostile};
  made.run().judged_at = made.run().keys = hostile;
  made.settings().version = made.settings().public_suffix_list = hostile;
  made.settings().options = {hostile};
  made.settings().limits = {{hostile, 1}};
  made.method().key_files = {{hostile, ""}};
  made.method().dns = made.method().part = hostile;
  made.method().rechecks = made.method().notes = {hostile};
  made.method().inputs.Add(InputOf(0, hostile), {});
  const std::string text = made.Text();
  EXPECT_TRUE(IsSafe(text));
  EXPECT_EQ(text.find('\t'), std::string::npos);
}

TEST(Method, EightyColumns) {
  Made made;
  made.Add("a.example", Reason::kOk, 3);
  for (int i = 0; i < static_cast<int>(ErrorCode::kCount); ++i) {
    made.ledger().AddError(MakeError(static_cast<ErrorCode>(i), "f"));
  }
  for (size_t i = 0; i < Books::kGaps; ++i) {
    (*made.run().books)[static_cast<Gap>(i)] = 1'000'000'000'000;
  }
  made.method().shard = "2/4";
  made.method().part = "of the class broken";
  made.method().dns = "DNS at 10.0.0.1";
  EXPECT_LE(LongestLine(made.Text()), 80u);
  EXPECT_EQ(made.Text(), made.Text());
}

TEST(Method, FilterInWords) {
  RowFilter filter;
  EXPECT_EQ(DescribeFilter(filter), "");
  filter.from.domains = {"a.example", "b.example"};
  filter.classes = {MessageClass::kRefused, MessageClass::kBroken};
  filter.reasons = {Reason::kBodyChanged};
  filter.since = 1700000000;
  filter.until = 1700000100;
  EXPECT_EQ(DescribeFilter(filter),
            "whose author is of a.example or b.example or a subdomain, and of "
            "the class refused or broken, and with the reason body_changed, "
            "and received at or after 2023-11-14T22:13:20Z, and received "
            "before 2023-11-14T22:15:00Z");
}

}  // namespace
}  // namespace mailassay::audit
