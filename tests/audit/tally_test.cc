#include "lib/audit/tally.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "lib/audit/ledger.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

template <typename Value>
std::string Encoded(SpillMap<Value>& map) {
  std::string out;
  map.ForEach([&](std::string_view key, const Value& value) {
    out += key;
    value.Encode(&out);
  });
  return out;
}

// Everything a ledger holds, as bytes.
struct Books {
  Totals totals;
  std::string senders, keys, findings;
  friend bool operator==(const Books&, const Books&) = default;
};

Books BooksOf(Ledger& ledger) {
  return {ledger.totals(), Encoded(ledger.senders()), Encoded(ledger.keys()),
          Encoded(ledger.findings())};
}

// The books of `rows`, cut in parts of random size, merged in random order.
Books Merged(const MadeUp& made, size_t max_part, size_t cap, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<BatchTally> parts;
  for (size_t at = 0; at < made.rows.size();) {
    const size_t size = 1 + random() % max_part;
    parts.emplace_back();
    for (size_t i = 0; i < size && at < made.rows.size(); ++i, ++at) {
      parts.back().Add(made.rows[at]);
    }
  }
  std::shuffle(parts.begin(), parts.end(), random);
  MemoryStorage storage;
  Ledger ledger(cap, &storage);
  for (const BatchTally& part : parts) ledger.Merge(part);
  return BooksOf(ledger);
}

// Promise P9: sums do not depend on how the work was cut or when it was done.
TEST(Tally, AnySplitAnyOrderAnyCap) {
  const MadeUp made = MakeMany(2000, 1);
  const Books whole = Merged(made, 1000000, 1 << 30, 1);
  EXPECT_EQ(whole.totals.messages, 2000u);
  uint32_t seed = 2;
  for (size_t max_part : {1, 2, 17, 400}) {
    for (size_t cap : {size_t{0}, size_t{20000}, size_t{1} << 30}) {
      EXPECT_TRUE(Merged(made, max_part, cap, ++seed) == whole);
    }
  }
}

TEST(Tally, MessagesInAnyOrder) {
  MadeUp made = MakeMany(500, 3);
  const Books whole = Merged(made, 1000000, 1 << 30, 1);
  std::mt19937 random(4);
  for (int i = 0; i < 5; ++i) {
    std::shuffle(made.rows.begin(), made.rows.end(), random);
    EXPECT_TRUE(Merged(made, 1000000, 1 << 30, 1) == whole);
  }
}

TEST(Tally, EncodingsReadBack) {
  const MadeUp made = MakeMany(1000, 5);
  BatchTally batch;
  for (const MessageRow& row : made.rows) batch.Add(row);
  const auto check = [](const auto& map) {
    for (const auto& [key, tally] : map) {
      std::string bytes, again;
      tally.Encode(&bytes);
      std::decay_t<decltype(tally)> back;
      std::string_view in(bytes);
      ASSERT_TRUE(back.Decode(&in));
      EXPECT_TRUE(in.empty());
      back.Encode(&again);
      EXPECT_EQ(bytes, again);
      // Cut anywhere: refused.
      for (size_t size = 0; size < bytes.size(); ++size) {
        in = std::string_view(bytes).substr(0, size);
        std::decay_t<decltype(tally)> cut;
        EXPECT_FALSE(cut.Decode(&in));
      }
    }
  };
  check(batch.senders);
  check(batch.keys);
  check(batch.findings);
}

TEST(Tally, DecodersTakeAnyBytes) {
  std::mt19937 random(6);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random() % 60, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random() % 4 ? random() % 9 : random());
    std::string_view in(bytes);
    SenderTally sender;
    sender.Decode(&in);
    in = bytes;
    KeyTally key;
    key.Decode(&in);
    in = bytes;
    FindingTally finding;
    finding.Decode(&in);
    for (const auto& [reason, count] : sender.reasons) {
      EXPECT_LE(reason, Reason::kCount);
    }
  }
}

TEST(Totals, CountWhatIsThere) {
  MessageFacts a = MakeFacts("a.example", 5000);
  a.signatures = {MakeEvidence("a.example"), MakeEvidence("b.example")};
  a.anomalies.Add(mail::Anomaly::kBareCr);
  MessageRow good = MakeRow(a, Reason::kOk);
  good.signatures[0].verdict.flags.Add(dkim::Flag::kTesting);
  good.signatures[1].verdict.flags.Add(dkim::Flag::kTesting);
  MessageFacts b = MakeFacts("b.example", 100);
  b.signatures = {MakeEvidence("b.example")};
  MessageRow bad = MakeRow(b, Reason::kNoKey);
  bad.signatures[0].verdict.flags.Add(dkim::Flag::kKeyLt2048);  // not passing
  Totals totals;
  totals.Add(good);
  totals.Add(bad);
  EXPECT_EQ(totals.messages, 2u);
  EXPECT_EQ(totals.message_bytes, 2000u);
  EXPECT_EQ(totals.signatures, 3u);
  EXPECT_EQ(totals.aligned_strict, 1u);
  EXPECT_EQ(totals.classes[0], 1u);
  EXPECT_EQ(totals.signature_reasons[static_cast<size_t>(Reason::kOk)], 2u);
  EXPECT_EQ(totals.flags[static_cast<size_t>(dkim::Flag::kTesting)], 1u);
  EXPECT_EQ(totals.flags[static_cast<size_t>(dkim::Flag::kKeyLt2048)], 0u);
  EXPECT_EQ(totals.anomalies[static_cast<size_t>(mail::Anomaly::kBareCr)], 1u);
  const auto& reason =
      totals.reasons.at({MessageClass::kUnjudged, Reason::kNoKey});
  EXPECT_EQ(reason.count, 1u);
  EXPECT_EQ(reason.example.place, "mail.mbox@100");
}

TEST(Totals, ClassesAddUp) {
  const MadeUp made = MakeMany(1000, 8);
  Totals totals;
  for (const MessageRow& row : made.rows) totals.Add(row);
  uint64_t classes = 0, reasons = 0, signatures = 0;
  for (const uint64_t n : totals.classes) classes += n;
  for (const auto& [key, count] : totals.reasons) reasons += count.count;
  for (const uint64_t n : totals.signature_reasons) signatures += n;
  EXPECT_EQ(classes, totals.messages);
  EXPECT_EQ(reasons, totals.messages);
  EXPECT_EQ(signatures, totals.signatures);
}

TEST(SenderTally, ExampleIsTheFirstTrouble) {
  MessageFacts good = MakeFacts("a.example", 1),
               later = MakeFacts("a.example", 9),
               sooner = MakeFacts("a.example", 5);
  for (auto* f : {&good, &later, &sooner}) {
    f->signatures = {MakeEvidence("a.example")};
  }
  SenderTally tally;
  tally.Add(MakeRow(good, Reason::kOk));
  EXPECT_EQ(tally.shown().place, "mail.mbox@1");
  tally.Add(MakeRow(later, Reason::kBodyChanged));
  tally.Add(MakeRow(sooner, Reason::kNoKey));
  EXPECT_EQ(tally.shown().place, "mail.mbox@5");
  EXPECT_EQ(tally.signed_count, 3u);
}

TEST(SenderTally, OneDomainCountsOnceAMessage) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("a.example", "s1"),
                      MakeEvidence("a.example", "s2"),
                      MakeEvidence("esp.example", "s1")};
  SenderTally tally;
  tally.Add(MakeRow(facts, Reason::kOk));
  EXPECT_EQ(tally.dkim_domains,
            (NameCounts{{"a.example", 1}, {"esp.example", 1}}));
  EXPECT_EQ(tally.selectors, (NameCounts{{"s1", 1}, {"s2", 1}}));
}

// A sender with any number of selectors fits; which ones are kept does not
// depend on the order.
TEST(SenderTally, NamesAreBounded) {
  std::vector<int> order(5000);
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::string first;
  for (uint32_t seed : {1u, 2u, 3u}) {
    std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    SenderTally a, b;
    for (size_t i = 0; i < order.size(); ++i) {
      MessageFacts facts = MakeFacts("a.example");
      facts.signatures = {
          MakeEvidence("a.example", "s" + std::to_string(order[i] / 2))};
      (i % 2 ? a : b).Add(MakeRow(facts, Reason::kOk));
    }
    a.Merge(b);
    EXPECT_EQ(a.selectors.size(), kMaxNames);
    EXPECT_TRUE(a.more_selectors);
    EXPECT_FALSE(a.more_dkim_domains);
    for (const auto& [name, count] : a.selectors) EXPECT_EQ(count, 2u);
    EXPECT_LT(a.MemoryBytes(), 100000u);
    std::string bytes;
    a.Encode(&bytes);
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first);
  }
}

TEST(KeyTally, DescribesTheKey) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("a.example")};
  const MessageRow row = MakeRow(facts, Reason::kOk);
  KeyTally tally;
  tally.Add(row, 0);
  EXPECT_EQ(tally.type, "ed25519");
  EXPECT_EQ(tally.bits, 256u);
  EXPECT_EQ(tally.status, "given");  // nobody has asked DNS
  EXPECT_EQ(tally.source, "import:keys.tsv");
  EXPECT_EQ(tally.pass, 1u);
  EXPECT_EQ(tally.first_pass_at, 1700000010);
  std::string name;
  KeyTallyName(row, 0, &name);
  EXPECT_EQ(name.substr(0, 14), std::string("a.example\0sel\0", 14));
  EXPECT_EQ(name.size(), 14u + 64u);
}

// A row whose signatures have verdicts of their own.
struct Judged {
  MessageFacts facts = MakeFacts("a.example");
  MessageRow row;
  void Sign(std::string_view d, std::string_view s, Reason reason) {
    facts.signatures.push_back(MakeEvidence(d, s));
    SignatureRow signature;
    signature.verdict.reason = reason;
    signature.verdict.result = dkim::ResultOf(reason);
    signature.answer = reason == Reason::kNoKey
                           ? MakeAnswer(dkim::KeyStatus::kNxDomain)
                           : MakeAnswer(d, s);
    if (reason != Reason::kNoKey) signature.verdict.record = 0;
    row.signatures.push_back(signature);
    row.facts = &facts;
  }
  KeyTally TallyOf(size_t index) const {
    KeyTally tally;
    tally.Add(row, index);
    return tally;
  }
};

TEST(KeyTally, UsesOfUnpublishedKeys) {
  Judged made;
  made.Sign("a.example", "gone", Reason::kNoKey);
  made.Sign("esp.example", "one", Reason::kOk);
  made.Sign("esp.example", "two", Reason::kOk);
  const KeyTally gone = made.TallyOf(0);
  EXPECT_EQ(gone.MessagesOf(KeyUse::kNoKey), 1u);
  ASSERT_NE(gone.Find(KeyUse::kBesidePass), nullptr);
  EXPECT_EQ(gone.Find(KeyUse::kBesidePass)->beside,
            "one._domainkey.esp.example");
  EXPECT_EQ(gone.Find(KeyUse::kBesidePass)->first_at, 1700000010);
  EXPECT_FALSE(gone.Find(KeyUse::kBesidePass)->example.empty());
  EXPECT_EQ(made.TallyOf(1).MessagesOf(KeyUse::kNoKey), 0u);
  // Nothing passes beside it.
  Judged alone;
  alone.Sign("a.example", "gone", Reason::kNoKey);
  alone.Sign("esp.example", "one", Reason::kWrongKey);
  EXPECT_EQ(alone.TallyOf(0).MessagesOf(KeyUse::kBesidePass), 0u);
  EXPECT_EQ(alone.TallyOf(1).MessagesOf(KeyUse::kWrongKey), 1u);
}

TEST(KeyTally, Ed25519AloneOrNot) {
  Judged made;
  made.Sign("a.example", "ed", Reason::kOk);
  EXPECT_EQ(made.TallyOf(0).MessagesOf(KeyUse::kLoneEd25519), 1u);
  made.Sign("a.example", "rsa", Reason::kOk);
  dkim::Signature& second = made.facts.signatures[1].signature;
  second.key_type = crypto::KeyType::kRsa;
  second.hash = crypto::HashAlgorithm::kSha1;
  EXPECT_EQ(made.TallyOf(0).MessagesOf(KeyUse::kLoneEd25519), 0u);
  EXPECT_EQ(made.TallyOf(1).MessagesOf(KeyUse::kSha1), 1u);
  EXPECT_EQ(made.TallyOf(0).MessagesOf(KeyUse::kSha1), 0u);
  // Of another domain it is no help.
  second.domain = "esp.example";
  EXPECT_EQ(made.TallyOf(0).MessagesOf(KeyUse::kLoneEd25519), 1u);
}

TEST(KeyTally, ProvedByWhatTheSignatureCovers) {
  Judged made;
  made.Sign("a.example", "s", Reason::kOk);
  dkim::Evidence& evidence = made.facts.signatures[0];
  made.facts.date_header = 1600000000;
  evidence.signed_names = "from;dates;to";
  EXPECT_EQ(made.TallyOf(0).first_proved_at, std::nullopt);
  evidence.signed_names = "from;date";
  EXPECT_EQ(made.TallyOf(0).first_proved_at, 1600000000);
  evidence.signature.timestamp = 1600000100;
  EXPECT_EQ(made.TallyOf(0).last_proved_at, 1600000100);
  made.row.signatures[0].verdict.result = dkim::Result::kFail;
  EXPECT_EQ(made.TallyOf(0).first_proved_at, std::nullopt);
}

// Twice the same key in one message: two signatures, one message.
TEST(KeyTally, CountsMessagesOnce) {
  Judged made;
  made.Sign("a.example", "s", Reason::kOk);
  made.Sign("a.example", "s", Reason::kOk);
  made.row.signatures[1].answer = made.row.signatures[0].answer;
  made.row.message_class = MessageClass::kVerifiedUnaligned;
  KeyTally tally;
  tally.Add(made.row, 0);
  tally.Add(made.row, 1);
  EXPECT_EQ(tally.count, 2u);
  EXPECT_EQ(tally.messages, 1u);
  EXPECT_EQ(tally.MessagesOf(KeyUse::kUnaligned), 1u);
}

TEST(KeyTally, StatusOfWhatIsNoKey) {
  struct Case {
    const char* record;
    const char* status;
  };
  for (const auto& [record, status] :
       {Case{"v=DKIM1; p=", "revoked"}, Case{"v=spf1 -all", "bad_record"}}) {
    MessageFacts facts = MakeFacts("a.example");
    facts.signatures = {MakeEvidence("a.example")};
    MessageRow row = MakeRow(facts, Reason::kNoKey);
    auto answer = MakeAnswer(dkim::KeyStatus::kFound);
    answer->records = {dkim::ParseKeyRecord(record)};
    answer->origins = {{.source = "dns"}};
    answer->cname_chain = {"x.example", "y.example"};
    row.signatures[0].answer = answer;
    KeyTally tally;
    tally.Add(row, 0);
    EXPECT_EQ(tally.status, status);
    EXPECT_EQ(tally.record, record);
    EXPECT_EQ(tally.cname_chain, "x.example y.example");
    EXPECT_EQ(tally.first_pass_at, std::nullopt);
    row.signatures[0].answer = MakeAnswer(dkim::KeyStatus::kNxDomain);
    KeyTally none;
    none.Add(row, 0);
    EXPECT_EQ(none.status, dkim::KeyStatusName(dkim::KeyStatus::kNxDomain));
    EXPECT_EQ(none.source, "dns");
  }
}

TEST(Ledger, ErrorsByCodeAndKind) {
  MemoryStorage storage;
  Ledger ledger(1 << 20, &storage);
  ledger.AddError(MakeError(ErrorCode::kNotMail, "a", "pst"));
  ledger.AddError(MakeError(ErrorCode::kNotMail, "b", "msg"));
  ledger.AddError(MakeError(ErrorCode::kNotMail, "c", "pst"));
  ledger.AddError(MakeError(ErrorCode::kDamaged, "d"));
  ASSERT_EQ(ledger.errors().size(), 3u);
  EXPECT_EQ(ledger.errors()[0].count, 2u);
  EXPECT_EQ(ledger.errors()[0].first.file, "a");
  for (int i = 0; i < 5000; ++i) {
    ledger.AddError(
        MakeError(ErrorCode::kNotMail, "x", "kind" + std::to_string(i)));
  }
  EXPECT_LE(ledger.errors().size(), 300u);
  uint64_t all = 0;
  for (const auto& error : ledger.errors()) all += error.count;
  EXPECT_EQ(all, 5004u);
}

}  // namespace
}  // namespace mailassay::audit
