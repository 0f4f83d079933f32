#include "pipeline/keys/recovery_line.h"

#include <gtest/gtest.h>

#include "pipeline/keys/key_file.h"
#include "pipeline/keys/key_store.h"
#include "tests/reference/signing_key.h"

namespace mailassay::keys {
namespace {

using reference::SigningKey;

const SigningKey& Secret() {
  static const SigningKey key = SigningKey::Rsa(1, 512, 3);
  return key;
}

std::string KeyLine(const std::string& name, uint32_t signatures) {
  const auto key = crypto::PublicKey::ParseRsa(Secret().Spki()).key;
  return FormatRecoveryLine(RecoveredLine(name, *key, signatures, 1700000000));
}

TEST(RecoveryLine, AKeyAndBack) {
  const auto lines = ParseRecoveryLines(KeyLine("s._domainkey.a.test", 7), "f");
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->size(), 1u);
  const dkim::KeyAnswer& answer = lines->front().answer;
  EXPECT_EQ(answer.name, "s._domainkey.a.test");
  EXPECT_EQ(answer.status, dkim::KeyStatus::kNotAsked);
  ASSERT_EQ(answer.records.size(), 1u);
  EXPECT_EQ(answer.records[0].text, Secret().Record());
  ASSERT_NE(answer.records[0].key, nullptr);
  EXPECT_EQ(answer.records[0].key->Spki(), Secret().Spki());
  EXPECT_EQ(answer.origins[0].source, "recovered");
  EXPECT_EQ(answer.origins[0].recovered_from, 7u);
  EXPECT_TRUE(answer.origins[0].earlier);
  EXPECT_EQ(lines->front().tried, 0u);
}

TEST(RecoveryLine, ANameThatGaveNoKey) {
  const std::string text =
      FormatRecoveryLine(TriedLine("s._domainkey.a.test", 12, 20, 1700000000));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto lines = ParseRecoveryLines(text + "\n" + text, "f");
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ(lines->back().answer.name, "s._domainkey.a.test");
  EXPECT_TRUE(lines->back().answer.records.empty());
  EXPECT_EQ(lines->back().tried, 12u);
  EXPECT_EQ(lines->back().tries, 20u);
  EXPECT_TRUE(ParseRecoveryLines("", "f")->empty());
}

// A key file of --keys takes them; none is an answer.
TEST(RecoveryLine, IsOfAKeyFile) {
  const std::string text =
      KeyLine("s._domainkey.a.test", 3) +
      FormatRecoveryLine(TriedLine("s._domainkey.a.test", 2, 20, 1)) +
      FormatRecoveryLine(TriedLine("t._domainkey.a.test", 2, 20, 1));
  auto answers = ParseKeyFile(text, "f");
  ASSERT_TRUE(answers.ok()) << answers.status();
  KeyStore store(nullptr);
  store.Import(*std::move(answers));
  const auto known = store.Request("s._domainkey.a.test");
  EXPECT_EQ(known->status, dkim::KeyStatus::kNotAsked);
  ASSERT_EQ(known->records.size(), 1u);
  EXPECT_EQ(known->origins[0].source, "recovered");
  EXPECT_TRUE(store.Request("t._domainkey.a.test")->records.empty());
}

TEST(RecoveryLine, OtherFilesAreNotIts) {
  for (const std::string& text :
       {std::string("From a\n"), "s._domainkey.a.test\t" + Secret().Record(),
        std::string(R"({"name":"s._domainkey.a.test","status":"nxdomain"})"),
        std::string("{}"),
        R"({"name":"s._domainkey.a.test","status":"not_asked","records":[{)"
        R"("source":"dns","earlier":true,"txt":")" +
            Secret().Record() + "\"}]}"}) {
    EXPECT_FALSE(ParseRecoveryLines(text, "f").ok()) << text;
    EXPECT_FALSE(
        ParseRecoveryLines(KeyLine("s._domainkey.a.test", 2) + text, "f").ok())
        << text;
  }
}

}  // namespace
}  // namespace mailassay::keys
