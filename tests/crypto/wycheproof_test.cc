// C1, C2: Google's Wycheproof vectors through our own key parser, Verify and,
// with every kernel, VerifyBatch.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/crypto/batch_verify.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/verify.h"
#include "tests/crypto/octets.h"
#include "tests/crypto/outcome_name.h"

namespace mailassay::crypto {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(MAILASSAY_SHARED_DIR) / "wycheproof";

struct Counts {
  int all = 0, valid = 0, acceptable = 0;
};

class Wycheproof : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder)) {
      GTEST_SKIP() << "no folder of vectors at " << kFolder;
    }
  }

  static nlohmann::json Read(const std::string& name) {
    std::ifstream file(kFolder / name);
    EXPECT_TRUE(file.is_open()) << kFolder / name;
    return nlohmann::json::parse(file);
  }

  // "acceptable" (DigestInfo without NULL) is not a pass here: RFC 8017 9.2.
  static void Expect(const nlohmann::json& test, Outcome outcome,
                     Counts& counts) {
    const std::string result = test["result"];
    ++counts.all;
    counts.valid += result == "valid";
    counts.acceptable += result == "acceptable";
    EXPECT_EQ(outcome == Outcome::kPass, result == "valid")
        << "tcId " << test["tcId"] << ": " << test["comment"];
    EXPECT_NE(outcome, Outcome::kEnvironment) << "tcId " << test["tcId"];
  }

  static void RunRsa(const std::string& name, Counts& counts) {
    const nlohmann::json file = Read(name);
    for (const auto& group : file["testGroups"]) {
      ASSERT_EQ(group["sha"], "SHA-256");
      const auto key =
          PublicKey::ParseRsa(Unhex(group["publicKeyDer"].get<std::string>()))
              .key;
      const auto same =
          PublicKey::ParseRsa(Unhex(group["publicKeyAsn"].get<std::string>()))
              .key;
      ASSERT_NE(key, nullptr) << name;
      ASSERT_NE(same, nullptr) << name;
      EXPECT_EQ(key->id(), same->id());
      std::vector<Bytes> signatures;
      std::vector<Check> checks;
      for (const auto& test : group["tests"]) {
        const Bytes message = Unhex(test["msg"].get<std::string>());
        signatures.push_back(Unhex(test["sig"].get<std::string>()));
        checks.push_back(
            {.key = key.get(),
             .digest = Hash(HashAlgorithm::kSha256, AsText(message)),
             .signature = signatures.back()});
        Expect(test,
               Verify(*key, HashAlgorithm::kSha256, checks.back().digest,
                      signatures.back()),
               counts);
      }
      ExpectOfBatch(checks);
    }
  }

  static void ExpectOfBatch(std::vector<Check>& checks) {
    for (const auto& kernel : RsaKernels().Supported()) {
      VerifyBatch(checks, kernel.run);
      for (size_t i = 0; i < checks.size(); ++i) {
        const Check& c = checks[i];
        EXPECT_EQ(c.outcome, Verify(*c.key, c.hash, c.digest, c.signature))
            << NameOf(kernel.level) << ", number " << i;
      }
    }
  }
};

TEST_F(Wycheproof, C1_Rsa) {
  Counts counts;
  for (const std::string size : {"2048", "3072", "4096", "8192"}) {
    RunRsa("rsa_signature_" + size + "_sha256_test.json", counts);
  }
  EXPECT_EQ(counts.all, 1034);
  EXPECT_EQ(counts.valid, 31);
  EXPECT_EQ(counts.acceptable, 4);
}

TEST_F(Wycheproof, C2_Ed25519) {
  Counts counts;
  const nlohmann::json file = Read("ed25519_test.json");
  for (const auto& group : file["testGroups"]) {
    const std::string hex = group["publicKey"]["pk"];
    const auto key = PublicKey::ParseEd25519(Unhex(hex)).key;
    ASSERT_NE(key, nullptr) << hex;
    for (const auto& test : group["tests"]) {
      Expect(test,
             VerifyEd25519(*key, Unhex(test["msg"].get<std::string>()),
                           Unhex(test["sig"].get<std::string>())),
             counts);
    }
  }
  EXPECT_EQ(counts.all, 151);
  EXPECT_EQ(counts.valid, 88);
}

}  // namespace
}  // namespace mailassay::crypto
