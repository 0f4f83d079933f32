#include "tests/cases/case_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "lib/dmarc/organizational_domain.h"
#include "pipeline/keys/answer.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/batch.h"

namespace mailassay::cases {
namespace {

constexpr std::chrono::milliseconds kAmple(60000);

const dmarc::PublicSuffixList& Suffixes() {
  static const auto list = dmarc::PublicSuffixList::Load();
  return *list;
}

void AppendWord(std::string_view word, std::string& words) {
  if (!words.empty()) words += ' ';
  words += word;
}

// As a run does: what is not answered at once is deferred, and failures are
// asked once more at the end.
std::vector<keys::KeyStore::Answer> Answers(const audit::MessageFacts& facts,
                                            keys::KeyStore& store) {
  run::Batch batch;
  batch.messages.push_back(facts);
  run::Resolve(batch, store);
  if (!batch.deferred) return batch.answers;
  store.AwaitAll(kAmple, nullptr);
  store.RetryFailures(kAmple, nullptr);
  batch.answers.clear();
  run::Resolve(batch, store);
  return batch.answers;
}

// Where the value of b= lies: behind "; b=" up to the field's end.
std::pair<size_t, size_t> SignatureRange(const std::string& message) {
  const size_t begin = message.find("; b=") + 4;
  return {begin, message.find("\r\n", begin) - begin};
}

}  // namespace

const std::string kPlain =
    "From: Ann  <ann@example.com>\r\n"
    "To: Bob <bob@example.net>,\r\n"
    "\tEve <eve@example.org>\r\n"
    "Subject: Two  words\r\n"
    "Date: Sun, 1 Mar 2026 11:59:00 +0000\r\n"
    "Message-ID: <1@example.com>\r\n"
    "\r\n"
    "Dear Bob,\r\n"
    "\r\n"
    "  two  words \r\n"
    "Ann\r\n";

const std::string kReceived =
    "Received: from a.example by b.example; Sun, 1 Mar 2026 12:00:00 +0000\r\n";

const Expected kHeaderChanged = {.verdict = "fail header_changed fail match",
                                 .message_class = "broken"};
const Expected kBodyChanged = {.verdict = "fail body_changed pass mismatch",
                               .message_class = "broken"};

const SigningKey& RsaKey() {
  static const SigningKey key = SigningKey::Rsa(1, 2048);
  return key;
}
const SigningKey& OtherRsaKey() {
  static const SigningKey key = SigningKey::Rsa(2, 2048);
  return key;
}
const SigningKey& Ed25519Key() {
  static const SigningKey key = SigningKey::Ed25519(1);
  return key;
}

std::string Signed(const std::string& message, const SignOptions& options,
                   const SigningKey& key) {
  return Sign(message, key, options) + message;
}

std::string Replaced(std::string text, std::string_view what,
                     std::string_view with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  EXPECT_EQ(text.find(what, at + 1), text.npos) << what << " stands twice";
  return text.replace(at, what.size(), with);
}

std::string WithFieldOnTop(const std::string& message, std::string_view field) {
  return std::string(field) + message;
}

std::string WithFieldBelow(const std::string& message, std::string_view field) {
  const size_t end = message.find("\r\n\r\n");
  EXPECT_NE(end, message.npos);
  return std::string(message).insert(end + 2, field);
}

std::string WithLf(std::string text) {
  std::erase(text, '\r');
  return text;
}

std::string SignatureText(const std::string& message) {
  const auto [begin, size] = SignatureRange(message);
  return message.substr(begin, size);
}

std::string WithSignatureText(const std::string& message,
                              const std::string& text) {
  const auto [begin, size] = SignatureRange(message);
  return std::string(message).replace(begin, size, text);
}

Keys KeyOf(const SigningKey& key, std::string_view more) {
  return Record(key.Record(more));
}

Keys Record(std::string text) { return {{kKeyName, std::move(text)}}; }

TableResolver::TableResolver(const Keys& keys) {
  keys::AnswerList list("test");
  for (const auto& [name, text] : keys) {
    const absl::Status status = keys::AddTextOrOutcome(name, text, list);
    EXPECT_TRUE(status.ok()) << status;
  }
  answers_ = std::move(list).Take();
}

void TableResolver::Start(const std::string& name, keys::Question,
                          Callback done) {
  ++asked_[name];
  const auto known = std::ranges::find(answers_, name, &dkim::KeyAnswer::name);
  if (known != answers_.end()) return done(*known);
  dkim::KeyAnswer none;
  none.name = name;
  none.status = dkim::KeyStatus::kNxDomain;
  done(none);
}

const dkim::Evidence& Judged::evidence(size_t i) const {
  return facts->signatures.at(i);
}
const audit::SignatureRow& Judged::signature(size_t i) const {
  return row.signatures.at(i);
}

std::string Judged::Verdict(size_t i) const {
  if (i >= row.signatures.size()) return "none";
  const dkim::Verdict& v = row.signatures[i].verdict;
  std::string words(dkim::ResultName(v.result));
  AppendWord(dkim::ReasonCode(v.reason), words);
  AppendWord(dkim::CryptoName(v.crypto), words);
  AppendWord(dkim::BodyMatchName(v.body), words);
  return words;
}

std::string Judged::Flags(size_t i) const {
  std::string words;
  if (i >= row.signatures.size()) return words;
  for (int f = 0; f < static_cast<int>(dkim::Flag::kCount); ++f) {
    const auto flag = static_cast<dkim::Flag>(f);
    if (signature(i).verdict.flags.Has(flag)) {
      AppendWord(dkim::FlagName(flag), words);
    }
  }
  return words;
}

std::string Judged::Anomalies() const {
  std::string words;
  for (int a = 0; a < static_cast<int>(mail::Anomaly::kCount); ++a) {
    const auto anomaly = static_cast<mail::Anomaly>(a);
    if (facts->anomalies.Has(anomaly)) {
      AppendWord(mail::AnomalyName(anomaly), words);
    }
  }
  return words;
}

audit::MessageFacts ExamineMessage(const std::string& message,
                                   const Setting& setting) {
  audit::GroupExaminer examiner(setting.limits, {});
  EXPECT_TRUE(examiner.Add({.input = std::make_shared<audit::Input>(),
                            .offset = 0,
                            .from_line = setting.from_line},
                           message));
  std::vector<audit::MessageFacts> facts = examiner.Finish();
  return facts.empty() ? audit::MessageFacts() : std::move(facts.front());
}

Judged JudgeFacts(audit::MessageFacts facts, const Setting& setting) {
  Judged judged;
  judged.facts = std::make_unique<audit::MessageFacts>(std::move(facts));
  TableResolver table(setting.keys);
  keys::KeyStore store(setting.resolver ? setting.resolver : &table);
  judged.row = audit::Judge(*judged.facts, Answers(*judged.facts, store),
                            Suffixes(), setting.judge);
  for (const auto& used : store.Used()) judged.asked.push_back(used->name);
  return judged;
}

Judged JudgeMessage(const std::string& message, const Setting& setting) {
  return JudgeFacts(ExamineMessage(message, setting), setting);
}

void Expect(const Judged& judged, const Expected& expected,
            std::string_view label) {
  EXPECT_EQ(judged.Verdict(), expected.verdict) << label;
  EXPECT_EQ(judged.Flags(), expected.flags) << label;
  EXPECT_EQ(judged.Anomalies(), expected.anomalies) << label;
  EXPECT_EQ(mail::AuthorDefectName(judged.facts->author.defect),
            expected.author)
      << label;
  EXPECT_EQ(audit::MessageClassCode(judged.row.message_class),
            expected.message_class)
      << label;
  // P3: without one author domain nothing is aligned.
  for (const audit::SignatureRow& signature : judged.row.signatures) {
    if (expected.author == "none") break;
    EXPECT_FALSE(signature.alignment.relaxed || signature.alignment.strict)
        << label;
  }
}

Expected Refused(std::string_view reason) {
  return {.verdict = "permerror " + std::string(reason) + " not_run not_run",
          .message_class = "unjudged"};
}

Expected KeyRefused(std::string_view reason) {
  return {.verdict = "permerror " + std::string(reason) + " not_run match",
          .message_class = "unjudged"};
}

Expected RefusedByRule(std::string_view reason) {
  return {.verdict = "policy " + std::string(reason) + " pass match",
          .message_class = "refused"};
}

}  // namespace mailassay::cases
