#include "lib/crypto/key_recovery.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/crypto/integer.h"
#include "lib/crypto/verify.h"
#include "tests/crypto/octets.h"
#include "tests/reference/signing_key.h"

namespace mailassay::crypto {
namespace {

using reference::DigestName;
using reference::SigningKey;
using enum HashAlgorithm;

bool GoOn() { return true; }

// A signature with its octets.
struct Made {
  HashAlgorithm hash = kSha256;
  Digest digest;
  Bytes signature;

  SignedDigest View() const { return {hash, digest, signature}; }
};

Made Sign(const SigningKey& key, std::string_view text,
          HashAlgorithm hash = kSha256) {
  const Digest digest = Hash(hash, text);
  const auto name = hash == kSha256 ? DigestName::kSha256 : DigestName::kSha1;
  return {hash, digest, key.SignDigest(name, digest.span())};
}

Recovered Recover(const Made& a, const Made& b) {
  return RecoverKey(a.View(), b.View(), GoOn);
}

void ExpectKey(const Recovered& found, const SigningKey& signer) {
  ASSERT_EQ(found.outcome, Recovery::kKey);
  EXPECT_EQ(Hex(found.key->modulus()), Hex(signer.Modulus()));
  EXPECT_EQ(found.key->Spki(), signer.Spki());
  EXPECT_TRUE(HasUsualLength(*found.key));
}

// Most tests use small exponents, which take milliseconds.
const SigningKey& Quick() {
  static const SigningKey key = SigningKey::Rsa(1, 1024, 3);
  return key;
}
const SigningKey& OtherQuick() {
  static const SigningKey key = SigningKey::Rsa(2, 1024, 3);
  return key;
}

TEST(RecoverKey, TheUsualExponent) {
  const SigningKey key = SigningKey::Rsa(3, 512);
  ExpectKey(Recover(Sign(key, "one"), Sign(key, "two")), key);
}

TEST(RecoverKey, SmallExponents) {
  for (const uint64_t e : {3, 5, 17, 257}) {
    const SigningKey key = SigningKey::Rsa(4, 1024, e);
    ExpectKey(Recover(Sign(key, "one"), Sign(key, "two")), key);
  }
}

TEST(RecoverKey, SizesOfKeys) {
  for (const unsigned bits : {512u, 640u, 768u, 1024u, 1536u, 2048u}) {
    const SigningKey key = SigningKey::Rsa(5, bits, 3);
    ExpectKey(Recover(Sign(key, "one"), Sign(key, "two")), key);
  }
}

TEST(RecoverKey, HashesMayDiffer) {
  ExpectKey(Recover(Sign(Quick(), "one", kSha1), Sign(Quick(), "two", kSha256)),
            Quick());
  // Of one text, even.
  ExpectKey(Recover(Sign(Quick(), "one", kSha1), Sign(Quick(), "one", kSha256)),
            Quick());
}

TEST(RecoverKey, ManyPairsOfOneKey) {
  // Small factors come and go.
  for (int i = 0; i < 200; ++i) {
    ExpectKey(Recover(Sign(Quick(), std::to_string(i)),
                      Sign(Quick(), std::to_string(i + 1))),
              Quick());
  }
}

TEST(RecoverKey, UnusualLengths) {
  for (const unsigned bits : {520u, 1022u, 1026u}) {
    const SigningKey key = SigningKey::Rsa(6, bits, 3);
    const Recovered found = Recover(Sign(key, "one"), Sign(key, "two"));
    ASSERT_EQ(found.outcome, Recovery::kKey) << bits;
    EXPECT_EQ(found.key->bits(), bits);
    EXPECT_FALSE(HasUsualLength(*found.key));
  }
}

TEST(RecoverKey, WhatIsUnfit) {
  const Made good = Sign(Quick(), "one");
  const auto expect_unfit = [&](const Made& other) {
    EXPECT_EQ(Recover(good, other).outcome, Recovery::kUnfit);
    EXPECT_EQ(Recover(other, good).outcome, Recovery::kUnfit);
  };
  expect_unfit(good);
  Made damaged = good;  // the same message, another signature
  damaged.signature[5] ^= 1;
  expect_unfit(damaged);
  Made copied = Sign(Quick(), "two");  // another message, the same signature
  copied.signature = good.signature;
  expect_unfit(copied);
  expect_unfit(Sign(SigningKey::Rsa(7, 512, 3), "two"));
  Made uncomputed = Sign(Quick(), "two");
  uncomputed.digest.size = 0;
  expect_unfit(uncomputed);
  Made empty = Sign(Quick(), "two");
  empty.signature.clear();
  expect_unfit(empty);
}

TEST(RecoverKey, LengthsOfNoKey) {
  for (const size_t octets : {size_t{0}, size_t{1}, size_t{63}, size_t{1025}}) {
    Made a = Sign(Quick(), "one"), b = Sign(Quick(), "two");
    a.signature.assign(octets, 1);
    b.signature.assign(octets, 2);
    EXPECT_EQ(Recover(a, b).outcome, Recovery::kUnfit) << octets;
  }
}

// 65537 is left out, for it would take seconds each time.
Recovered RecoverQuickly(const Made& a, const Made& b) {
  int steps = 0;
  const auto first_four = [&] { return ++steps <= 4 * 3; };
  return RecoverKey(a.View(), b.View(), first_four);
}

TEST(RecoverKey, TwoKeysAndDamageHaveNothingInCommon) {
  const Made good = Sign(Quick(), "one");
  Made damaged = Sign(Quick(), "two");
  damaged.signature[60] ^= 0x10;
  Made changed = Sign(Quick(), "two");
  changed.digest = Hash(kSha256, "three");
  for (const Made& other : {Sign(OtherQuick(), "two"), damaged, changed}) {
    EXPECT_EQ(RecoverQuickly(good, other).outcome, Recovery::kStopped);
  }
}

TEST(RecoverKey, NothingCommonWithTheUsualExponent) {
  const SigningKey one = SigningKey::Rsa(8, 512), two = SigningKey::Rsa(9, 512);
  EXPECT_EQ(Recover(Sign(one, "one"), Sign(two, "two")).outcome,
            Recovery::kNothingCommon);
}

TEST(RecoverKey, HostileSignatures) {
  Made a = Sign(Quick(), "one"), b = Sign(Quick(), "two");
  const size_t size = a.signature.size();
  Bytes one(size);
  one.back() = 1;
  for (const Bytes& s : {Bytes(size, 0), one, Bytes(size, 0xff)}) {
    b.signature = s;
    EXPECT_EQ(RecoverQuickly(a, b).outcome, Recovery::kStopped);
  }
  a.signature = Bytes(size, 0);
  b.signature = one;
  EXPECT_EQ(RecoverQuickly(a, b).outcome, Recovery::kStopped);
}

// Chosen so that the common factor has 1008 bits, one octet less than the
// signatures: m1 + kn and so on would pass a proof that does not look at s < n.
TEST(RecoverKey, ValuesAboveTheModulusProveNothing) {
  const SigningKey small = SigningKey::Rsa(10, 1016, 3);
  const Integer modulus(small.Modulus());
  Made made[2];
  int i = 0;
  for (const std::string_view text : {"one", "two"}) {
    const Digest digest = Hash(kSha256, text);
    Bytes block(128);  // as of a key of 128 octets
    WriteEncoding(kSha256, digest, block);
    Integer reduced(block);
    mpz_mod(reduced, reduced, modulus);
    Bytes octets = reduced.Octets();
    octets.insert(octets.begin(), 127 - octets.size(), 0);
    Bytes signature = small.SignBlock(octets);
    signature.insert(signature.begin(), 0);
    made[i++] = {kSha256, digest, signature};
  }
  EXPECT_EQ(RecoverQuickly(made[0], made[1]).outcome, Recovery::kStopped);
}

TEST(RecoverKey, StopsBeforeEachStep) {
  const Made a = Sign(Quick(), "one"), b = Sign(Quick(), "two");
  for (int allowed = 0; allowed < 3; ++allowed) {
    int asked = 0;
    const auto go_on = [&] { return asked++ < allowed; };
    const Recovered found = RecoverKey(a.View(), b.View(), go_on);
    EXPECT_EQ(found.outcome, Recovery::kStopped);
    EXPECT_EQ(asked, allowed + 1);
  }
}

}  // namespace
}  // namespace mailassay::crypto
