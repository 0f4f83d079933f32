#include "lib/crypto/verify.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/crypto/octets.h"
#include "tests/crypto/outcome_name.h"
#include "tests/reference/signing_key.h"

namespace mailassay::crypto {

namespace {

using reference::DigestName;
using reference::SigningKey;
using enum HashAlgorithm;

const Bytes kSha256Info = Unhex("3031300d060960864801650304020105000420");
const Bytes kSha1Info = Unhex("3021300906052b0e03021a05000414");

Bytes ToBytes(const Digest& digest) {
  return Bytes(digest.span().begin(), digest.span().end());
}

// Two signers with e = 3 and 65537, of every size that an outcome depends on.
const SigningKey& Signer(unsigned bits = 1024) {
  static const SigningKey key1024 = SigningKey::Rsa(1, 1024, 3);
  static const SigningKey key2048 = SigningKey::Rsa(2, 2048);
  return bits == 1024 ? key1024 : key2048;
}

std::shared_ptr<const PublicKey> PublicOf(const SigningKey& key) {
  return key.is_rsa() ? PublicKey::ParseRsa(key.Spki()).key
                      : PublicKey::ParseEd25519(key.RawEd25519()).key;
}

// 00, `type`, `fill` x the octets left, 00, tail.
Bytes Padded(size_t size, const Bytes& tail, uint8_t type = 1,
             uint8_t fill = 0xff) {
  Bytes block(size, fill);
  block[0] = 0;
  block[1] = type;
  block[size - tail.size() - 1] = 0;
  std::copy(tail.begin(), tail.end(), block.end() - tail.size());
  return block;
}

Outcome OutcomeOf(const Bytes& block, const Digest& digest,
                  HashAlgorithm hash = kSha256) {
  return Verify(*PublicOf(Signer()), hash, digest, Signer().SignBlock(block));
}

TEST(VerifyRsa, GoodSignatures) {
  for (const unsigned bits : {1024u, 2048u}) {
    const auto key = PublicOf(Signer(bits));
    const Digest sha256 = Hash(kSha256, "hello");
    const Digest sha1 = Hash(kSha1, "hello");
    const Bytes signature256 =
        Signer(bits).SignDigest(DigestName::kSha256, sha256.span());
    const Bytes signature1 =
        Signer(bits).SignDigest(DigestName::kSha1, sha1.span());
    EXPECT_EQ(Verify(*key, kSha256, sha256, signature256), Outcome::kPass);
    EXPECT_EQ(Verify(*key, kSha1, sha1, signature1), Outcome::kPass);
    EXPECT_EQ(Verify(*key, kSha256, Hash(kSha256, "other"), signature256),
              Outcome::kOtherDigest);
    EXPECT_EQ(Verify(*key, kSha1, Hash(kSha1, "other"), signature1),
              Outcome::kOtherDigest);
    // The block of another hash algorithm is not the one encoding.
    EXPECT_EQ(Verify(*key, kSha256, sha256, signature1),
              Outcome::kMalformedBlock);
    EXPECT_EQ(Verify(*key, kSha1, sha1, signature256),
              Outcome::kMalformedBlock);
  }
}

TEST(VerifyRsa, WrongKeyAndDamage) {
  const Digest digest = Hash(kSha256, "hello");
  const Bytes good = Signer().SignDigest(DigestName::kSha256, digest.span());
  const auto other = PublicOf(SigningKey::Rsa(4, 1024));
  // A value not below the other modulus is refused earlier; this one is below.
  Bytes below = good;
  below[0] = 0;
  EXPECT_EQ(Verify(*other, kSha256, digest, below), Outcome::kOtherKey);
  const auto key = PublicOf(Signer());
  for (size_t at = 0; at < good.size(); ++at) {
    Bytes damaged = good;
    damaged[at] ^= 1;
    EXPECT_EQ(Verify(*key, kSha256, digest, damaged), Outcome::kOtherKey);
  }
  EXPECT_EQ(Verify(*key, kSha256, digest, Bytes(128, 0)), Outcome::kOtherKey);
}

// C7.
TEST(VerifyRsa, Lengths) {
  const Digest digest = Hash(kSha256, "hello");
  const Bytes good = Signer().SignDigest(DigestName::kSha256, digest.span());
  const auto key = PublicOf(Signer());
  const Bytes n = Signer().Modulus();
  Bytes above = n;
  above.back() |= 2;  // n or a little more
  for (const Bytes& bad :
       {Bytes{}, Bytes{0}, Bytes(good.begin() + 1, good.end()),
        Bytes(good.begin(), good.end() - 1), Bytes{0} + good, good + Bytes{0},
        Bytes(4096, 1)}) {
    EXPECT_EQ(Verify(*key, kSha256, digest, bad), Outcome::kBadLength);
  }
  // As long as the modulus, and not below it: another key's.
  for (const Bytes& bad : {n, above, Bytes(128, 0xff)}) {
    EXPECT_EQ(Verify(*key, kSha256, digest, bad), Outcome::kOtherKey);
  }
  // s + n is the same number and another signature: it has no 128 octets here,
  // and n - s, the other root, gives another block.
  Bytes minus_one = n;
  minus_one.back() = static_cast<uint8_t>(minus_one.back() - 1);
  EXPECT_EQ(Verify(*key, kSha256, digest, minus_one), Outcome::kOtherKey);
}

// C3, C4, C5, C6: blocks that a parser of padding has been fooled with.  The
// signer knows the private key, so nothing but the comparison can refuse them.
TEST(VerifyRsa, ForgedBlocks) {
  const Digest digest = Hash(kSha256, "hello");
  const Bytes d = ToBytes(digest);
  const Bytes info = kSha256Info + d;
  constexpr size_t kSize = 128;
  const auto at_front = [&](size_t ff, const Bytes& tail) {
    Bytes block = Bytes{0, 1} + Bytes(ff, 0xff) + Bytes{0} + tail;
    block.resize(kSize, 0x5a);  // garbage after
    return block;
  };
  Bytes one_off = Padded(kSize, info);
  one_off[40] = 0xfe;
  Bytes early_zero = Padded(kSize, info);
  early_zero[40] = 0;
  Bytes first_set = Padded(kSize, info);
  first_set[9] = 0xfe;
  struct Case {
    std::string_view what;
    Bytes block;
    Outcome outcome;
  };
  for (const Case& c : {
           Case{"the one encoding", Padded(kSize, info), Outcome::kPass},
           Case{"C3 garbage after", at_front(8, info),
                Outcome::kMalformedBlock},
           Case{"C3 garbage after, more padding", at_front(20, info),
                Outcome::kMalformedBlock},
           Case{"C4 one octet of padding", one_off, Outcome::kMalformedBlock},
           Case{"C4 zero inside padding", early_zero, Outcome::kMalformedBlock},
           Case{"C4 an octet of the first eight", first_set,
                Outcome::kOtherKey},
           Case{"C4 parameters with garbage",
                Padded(kSize, Unhex("3034 3010 0609 608648016503040201 0503"
                                    "aabbcc 0420") +
                                  d),
                Outcome::kMalformedBlock},
           Case{"C4 long length of DigestInfo",
                Padded(kSize, Unhex("308131 300d 0609 608648016503040201 0500"
                                    "0420") +
                                  d),
                Outcome::kMalformedBlock},
           Case{"C4 long length of the digest",
                Padded(kSize, Unhex("3032 300d 0609 608648016503040201 0500"
                                    "048120") +
                                  d),
                Outcome::kMalformedBlock},
           Case{"C4 octets after the digest inside DigestInfo",
                Padded(kSize, Unhex("3033 300d 0609 608648016503040201 0500"
                                    "0420") +
                                  d + Unhex("0500")),
                Outcome::kMalformedBlock},
           Case{"C5 no NULL",
                Padded(kSize,
                       Unhex("302f 300b 0609 608648016503040201 0420") + d),
                Outcome::kMalformedBlock},
           Case{"C6 block type 2", Padded(kSize, info, 2), Outcome::kOtherKey},
           Case{"C6 block type 0", Padded(kSize, info, 0, 0),
                Outcome::kOtherKey},
           Case{"C6 SHA-1's DigestInfo around these octets",
                Padded(kSize, kSha1Info + Bytes(d.begin(), d.begin() + 20)),
                Outcome::kMalformedBlock},
           Case{"C6 SHA-512's identifier",
                Padded(kSize,
                       Unhex("3031300d060960864801650304020305000420") + d),
                Outcome::kMalformedBlock},
           Case{"C6 seven octets of FF", at_front(7, info), Outcome::kOtherKey},
           Case{"digest alone", Padded(kSize, d), Outcome::kMalformedBlock},
           Case{"padding alone", Padded(kSize, {}), Outcome::kMalformedBlock},
           Case{"digest reversed",
                Padded(kSize, kSha256Info + Bytes(d.rbegin(), d.rend())),
                Outcome::kOtherDigest},
           Case{"zeros", Bytes(kSize, 0), Outcome::kOtherKey},
       }) {
    EXPECT_EQ(OutcomeOf(c.block, digest), c.outcome) << c.what;
  }
}

// Each octet of the block counts: changing any of them never passes.
TEST(VerifyRsa, EveryOctetOfTheBlockCounts) {
  const Digest digest = Hash(kSha1, "hello");
  const Bytes block = Padded(128, kSha1Info + ToBytes(digest));
  ASSERT_EQ(OutcomeOf(block, digest, kSha1), Outcome::kPass);
  for (size_t at = 0; at < block.size(); ++at) {
    Bytes changed = block;
    changed[at] ^= 0x01;
    const Outcome outcome = OutcomeOf(changed, digest, kSha1);
    EXPECT_EQ(outcome, at < 10    ? Outcome::kOtherKey
                       : at < 108 ? Outcome::kMalformedBlock
                                  : Outcome::kOtherDigest)
        << at;
  }
}

// C8: with e = 1 the padded block is its own signature; no such key is made.
TEST(VerifyRsa, ExponentOneMakesNoKey) {
  const Bytes n = Signer().Modulus();
  const Bytes der =
      Element(0x30, Element(0x02, Bytes{0} + n) + Element(0x02, Bytes{0x01}));
  EXPECT_EQ(PublicKey::ParseRsa(der).defect, KeyDefect::kExponent);
  EXPECT_EQ(PublicKey::ParseRsa(der).key, nullptr);
}

// C10: small keys compute; those that hold no encoding fail, and none crashes.
TEST(VerifyRsa, SmallModuli) {
  const Digest digest = Hash(kSha256, "hello");
  const SigningKey least = SigningKey::Rsa(6, 496);  // 62 octets: 51 + 11
  EXPECT_EQ(Verify(*PublicOf(least), kSha256, digest,
                   least.SignDigest(DigestName::kSha256, digest.span())),
            Outcome::kPass);
  for (const unsigned bits : {32u, 64u, 256u, 488u}) {
    const SigningKey small = SigningKey::Rsa(6, bits);
    EXPECT_EQ(Verify(*PublicOf(small), kSha256, digest,
                     Bytes(small.modulus_size(), 0x01)),
              Outcome::kOtherKey)
        << bits;
  }
  const auto tiny =
      PublicKey::ParseRsa(Unhex("3006 020103 020103")).key;  // n = 3
  ASSERT_NE(tiny, nullptr);
  EXPECT_EQ(Verify(*tiny, kSha256, digest, Bytes{2}), Outcome::kOtherKey);
  EXPECT_EQ(Verify(*tiny, kSha256, digest, Bytes{3}), Outcome::kOtherKey);
  EXPECT_EQ(Verify(*tiny, kSha256, digest, Bytes{0, 2}), Outcome::kBadLength);
}

// C12: the largest key there is.
TEST(VerifyRsa, LargestModulus) {
  const Bytes n(1024, 0xff);
  const Bytes der = Element(
      0x30, Element(0x02, Bytes{0} + n) + Element(0x02, Unhex("010001")));
  const auto key = PublicKey::ParseRsa(der).key;
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(Verify(*key, kSha256, Hash(kSha256, ""), Bytes(1024, 0x7f)),
            Outcome::kOtherKey);
}

// C20: RFC 8463 appendix A.2: the key, and what it signs.
TEST(VerifyEd25519, Rfc8463Key) {
  const SigningKey key = SigningKey::Ed25519FromSecret(Unhex(
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  EXPECT_EQ(Hex(key.RawEd25519()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  // RFC 8032 7.1, test 1: the same key, the empty message.
  EXPECT_EQ(
      VerifyEd25519(*PublicOf(key), {},
                    Unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873"
                          "e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0"
                          "595bbe24655141438e7a100b")),
      Outcome::kPass);
}

TEST(VerifyEd25519, DigestIsTheMessage) {
  const SigningKey signer = SigningKey::Ed25519(3);
  const auto key = PublicOf(signer);
  for (const HashAlgorithm hash : {kSha256, kSha1}) {
    const Digest digest = Hash(hash, "hello");
    const Bytes good = signer.SignMessage(digest.span());
    EXPECT_EQ(Verify(*key, hash, digest, good), Outcome::kPass);
    EXPECT_EQ(Verify(*key, hash, Hash(hash, "other"), good),
              Outcome::kMismatch);
    for (size_t at = 0; at < good.size(); at += 7) {
      Bytes damaged = good;
      damaged[at] ^= 4;
      EXPECT_EQ(Verify(*key, hash, digest, damaged), Outcome::kMismatch);
    }
    EXPECT_EQ(Verify(*PublicOf(SigningKey::Ed25519(4)), hash, digest, good),
              Outcome::kMismatch);
  }
}

TEST(VerifyEd25519, Lengths) {
  const SigningKey signer = SigningKey::Ed25519(3);
  const Digest digest = Hash(kSha256, "hello");
  const Bytes good = signer.SignMessage(digest.span());
  for (const Bytes& bad : {Bytes{}, Bytes(good.begin(), good.end() - 1),
                           good + Bytes{0}, Bytes(128, 0)}) {
    EXPECT_EQ(Verify(*PublicOf(signer), kSha256, digest, bad),
              Outcome::kBadLength);
  }
}

// C2: S + L solves the same equation; R of small order is nobody's.
TEST(VerifyEd25519, RefusedBeforeTheCurve) {
  static int asked;
  asked = 0;
  const Library counting = {
      SystemLibrary().raise,
      [](auto, auto, auto) { return ++asked > 0; },
      [](auto, auto, auto) { return ++asked; },
  };
  const SigningKey signer = SigningKey::Ed25519(3);
  const Digest digest = Hash(kSha256, "hello");
  const Bytes good = signer.SignMessage(digest.span());
  const Bytes order =
      Unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes malleable = good;
  int carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += malleable[32 + i] + order[i];
    malleable[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  Bytes small_r = good, wide_r = good;
  std::fill(small_r.begin(), small_r.begin() + 32, uint8_t{0});
  std::fill(wide_r.begin(), wide_r.begin() + 32, uint8_t{0xff});
  for (const Bytes& bad : {malleable, small_r, wide_r}) {
    EXPECT_EQ(Verify(*PublicOf(signer), kSha256, digest, bad, counting),
              Outcome::kMismatch);
    EXPECT_EQ(Verify(*PublicOf(signer), kSha256, digest, bad),
              Outcome::kMismatch);
  }
  EXPECT_EQ(asked, 0);
}

// C18: a signature of one algorithm at the other's key fails, never aborts.
TEST(Verify, SignatureOfTheOtherAlgorithm) {
  const Digest digest = Hash(kSha256, "hello");
  const SigningKey ed25519 = SigningKey::Ed25519(3);
  EXPECT_EQ(Verify(*PublicOf(Signer()), kSha256, digest,
                   ed25519.SignMessage(digest.span())),
            Outcome::kBadLength);
  EXPECT_EQ(Verify(*PublicOf(ed25519), kSha256, digest,
                   Signer().SignDigest(DigestName::kSha256, digest.span())),
            Outcome::kBadLength);
}

// C22: a failing library says nothing about the signature.
TEST(Verify, FailingLibrary) {
  const Library failing = {
      [](const PublicKey&, auto, auto) { return false; },
      [](auto, auto, auto) { return false; },
      [](auto, auto, auto) { return -1; },
  };
  const Digest digest = Hash(kSha256, "hello");
  const Bytes rsa = Signer().SignDigest(DigestName::kSha256, digest.span());
  const SigningKey ed = SigningKey::Ed25519(3);
  const Bytes ed_good = ed.SignMessage(digest.span());
  EXPECT_EQ(Verify(*PublicOf(Signer()), kSha256, digest, rsa, failing),
            Outcome::kEnvironment);
  EXPECT_EQ(Verify(*PublicOf(ed), kSha256, digest, ed_good, failing),
            Outcome::kEnvironment);
  // No digest: SHA-1 blocked by a provider, or no memory.
  EXPECT_EQ(Verify(*PublicOf(Signer()), kSha256, Digest{}, rsa),
            Outcome::kEnvironment);
  EXPECT_EQ(Verify(*PublicOf(ed), kSha1, Digest{}, ed_good),
            Outcome::kEnvironment);
}

// libsodium's no alone is not a failure: OpenSSL decides.
TEST(VerifyEd25519, FailureIsConfirmed) {
  Library library = SystemLibrary();
  library.ed25519_passes = [](auto, auto, auto) { return false; };
  const SigningKey signer = SigningKey::Ed25519(3);
  const Digest digest = Hash(kSha256, "hello");
  const Bytes good = signer.SignMessage(digest.span());
  EXPECT_EQ(Verify(*PublicOf(signer), kSha256, digest, good, library),
            Outcome::kPass);
  Bytes damaged = good;
  damaged[5] ^= 1;
  EXPECT_EQ(Verify(*PublicOf(signer), kSha256, digest, damaged, library),
            Outcome::kMismatch);
}

TEST(Verify, ThreadsShareKeys) {
  const auto rsa = PublicOf(Signer());
  const SigningKey ed_signer = SigningKey::Ed25519(3);
  const auto ed = PublicOf(ed_signer);
  const Digest digest = Hash(kSha256, "hello");
  const Bytes rsa_good =
      Signer().SignDigest(DigestName::kSha256, digest.span());
  const Bytes ed_good = ed_signer.SignMessage(digest.span());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(Verify(*rsa, kSha256, digest, rsa_good), Outcome::kPass);
        EXPECT_EQ(Verify(*ed, kSha256, digest, ed_good), Outcome::kPass);
        EXPECT_EQ(Verify(*ed, kSha256, Digest{{}, 32}, ed_good),
                  Outcome::kMismatch);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mailassay::crypto
