#include "lib/crypto/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/crypto/octets.h"

namespace mailassay::crypto {
namespace {

constexpr auto kSha256 = HashAlgorithm::kSha256;
constexpr auto kSha1 = HashAlgorithm::kSha1;

std::string HexOf(const Digest& digest) { return Hex(digest.span()); }

TEST(Hash, KnownAnswers) {
  const std::string million(1'000'000, 'a');
  struct Case {
    HashAlgorithm algorithm;
    std::string_view text;
    std::string_view digest;
  };
  for (const auto& [algorithm, text, digest] : {
           // FIPS 180-4 examples.
           Case{kSha256, "",
                "e3b0c44298fc1c149afbf4c8996fb924"
                "27ae41e4649b934ca495991b7852b855"},
           Case{kSha256, "abc",
                "ba7816bf8f01cfea414140de5dae2223"
                "b00361a396177a9cb410ff61f20015ad"},
           Case{kSha256, million,
                "cdc76e5c9914fb9281a1c7e284d73e67"
                "f1809a48a497200e046d39ccc7112cd0"},
           Case{kSha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
           Case{kSha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
       }) {
    EXPECT_EQ(HexOf(Hash(algorithm, text)), digest);
    EXPECT_EQ(Hash(algorithm, text).size, DigestSize(algorithm));
  }
}

TEST(Hash, AnyTwoPiecesGiveTheSameDigest) {
  const std::string text(300, 'x');
  for (const HashAlgorithm algorithm : {kSha256, kSha1}) {
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      Hasher hasher(algorithm);
      hasher.Update(std::string_view(text).substr(0, cut));
      hasher.Update(std::string_view(text).substr(cut));
      ASSERT_EQ(hasher.Finish(), Hash(algorithm, text)) << cut;
    }
  }
}

TEST(Hasher, CopyInMidStreamGoesItsOwnWay) {
  Hasher whole(kSha256);
  whole.Update("ab");
  Hasher prefix(whole);
  Hasher assigned(kSha1);
  assigned.Update("forgotten");
  assigned = whole;
  whole.Update("c");
  assigned.Update("d");
  EXPECT_EQ(prefix.Finish(), Hash(kSha256, "ab"));
  EXPECT_EQ(assigned.Finish(), Hash(kSha256, "abd"));
  EXPECT_EQ(assigned.algorithm(), kSha256);
  EXPECT_EQ(whole.Finish(), Hash(kSha256, "abc"));
}

TEST(Hasher, IsAssignedFromEitherAlgorithm) {
  for (const HashAlgorithm from : {kSha256, kSha1}) {
    for (const HashAlgorithm to : {kSha256, kSha1}) {
      Hasher source(from);
      source.Update("ab");
      Hasher target(to);
      target.Update("forgotten");
      target = source;
      target.Update("c");
      EXPECT_EQ(target.algorithm(), from);
      EXPECT_EQ(target.Finish(), Hash(from, "abc"));
      EXPECT_EQ(target.Finish().size, 0);
      target.Reset();
      target.Update("abc");
      EXPECT_EQ(target.Finish(), Hash(from, "abc"));
      EXPECT_EQ(source.Finish(), Hash(from, "ab"));
    }
  }
}

TEST(Hasher, MovesAndIsAssignedToAfterwards) {
  Hasher first(kSha1);
  first.Update("ab");
  Hasher second(std::move(first));
  second.Update("c");
  EXPECT_EQ(second.Finish(), Hash(kSha1, "abc"));
  first = Hasher(kSha256);
  first.Update("abc");
  EXPECT_EQ(first.Finish(), Hash(kSha256, "abc"));
  Hasher third(std::move(first));
  first = third;  // copy to one moved from
  first.Reset();
  EXPECT_EQ(first.Finish(), Hash(kSha256, ""));
}

TEST(Hasher, ResetStartsANewStream) {
  Hasher hasher(kSha256);
  for (int round = 0; round < 3; ++round) {
    hasher.Update("abc");
    EXPECT_EQ(hasher.Finish(), Hash(kSha256, "abc"));
    hasher.Reset();
  }
  hasher.Update("dropped");
  hasher.Reset();
  EXPECT_EQ(hasher.Finish(), Hash(kSha256, ""));
}

// After Finish there is no stream: what follows must not look like a digest.
TEST(Hasher, GivesNoDigestWithoutReset) {
  for (const HashAlgorithm algorithm : {kSha256, kSha1}) {
    Hasher hasher(algorithm);
    EXPECT_EQ(hasher.Finish().size, DigestSize(algorithm));
    hasher.Update("abc");
    EXPECT_EQ(hasher.Finish().size, 0);
    EXPECT_EQ(Hasher(hasher).Finish().size, 0);
    Hasher fresh(algorithm);
    Hasher assigned(algorithm);
    assigned = hasher;
    EXPECT_EQ(assigned.Finish().size, 0);
    assigned = fresh;
    EXPECT_EQ(assigned.Finish(), Hash(algorithm, ""));
  }
}

TEST(Hash, ThreadsDoNotMeet) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      const std::string text(1000, static_cast<char>('a' + t));
      const Digest expected = Hash(kSha256, text);
      for (int i = 0; i < 200; ++i) EXPECT_EQ(Hash(kSha256, text), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mailassay::crypto
