// The reference that takes a state and a count is OpenSSL's low-level one.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/crypto/sha256.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/crypto/octets.h"
#include "tests/crypto/openssl_digest.h"

namespace mailassay::crypto {
namespace {

using reference::Random;

TEST(Sha256, KnownAnswers) {
  const std::string million(1'000'000, 'a');
  struct Case {
    std::string_view text;
    std::string_view digest;
  };
  // FIPS 180-4's examples, as NIST publishes them.
  for (const auto& [text, digest] : {
           Case{"",
                "e3b0c44298fc1c149afbf4c8996fb924"
                "27ae41e4649b934ca495991b7852b855"},
           Case{"abc",
                "ba7816bf8f01cfea414140de5dae2223"
                "b00361a396177a9cb410ff61f20015ad"},
           Case{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039"
                "a33ce45964ff2167f6ecedd419db06c1"},
           Case{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b049237"
                "0b249b11e8f07a51afac45037afee9d1"},
           Case{million,
                "cdc76e5c9914fb9281a1c7e284d73e67"
                "f1809a48a497200e046d39ccc7112cd0"},
       }) {
    EXPECT_EQ(Hex(Sha256Of(text).span()), digest);
    Sha256 hash;
    hash.Update(text);
    EXPECT_EQ(Hex(hash.Finish().span()), digest);
  }
}

TEST(Sha256, EveryLengthUpTo300) {
  Random random(1);
  for (size_t size = 0; size <= 300; ++size) {
    // Exactly as large as the text, so that a sanitizer sees one octet more.
    const std::unique_ptr<char[]> exact(new char[size]);
    const std::string text = RandomText(random, size);
    std::ranges::copy(text, exact.get());
    ASSERT_EQ(Sha256Of({exact.get(), size}), OpenSslSha256(text)) << size;
  }
}

TEST(Sha256, EverySplitOfShortTexts) {
  Random random(2);
  for (size_t size = 0; size <= 200; ++size) {
    const std::string text = RandomText(random, size);
    const std::string_view view = text;
    const Digest expected = OpenSslSha256(text);
    for (size_t cut = 0; cut <= size; ++cut) {
      Sha256 hash;
      hash.Update(view.substr(0, cut));
      hash.Update(view.substr(cut));
      ASSERT_EQ(hash.Finish(), expected) << size << " " << cut;
    }
    for (const size_t piece : {1, 3, 63, 64, 65}) {
      Sha256 hash;
      for (size_t i = 0; i < size; i += piece)
        hash.Update(view.substr(i, piece));
      ASSERT_EQ(hash.Finish(), expected) << size << " by " << piece;
    }
  }
}

TEST(Sha256, MoreMayFollowFinish) {
  Sha256 hash;
  hash.Update("ab");
  EXPECT_EQ(hash.Finish(), OpenSslSha256("ab"));
  EXPECT_EQ(hash.Finish(), OpenSslSha256("ab"));
  hash.Update({});
  hash.Update("c");
  EXPECT_EQ(hash.Finish(), OpenSslSha256("abc"));
}

TEST(Sha256, CopyInMidStreamGoesItsOwnWay) {
  const std::string begin(100, 'b');
  Sha256 one;
  one.Update(begin);
  Sha256 other = one;
  one.Update("one");
  other.Update("other");
  EXPECT_EQ(one.Finish(), OpenSslSha256(begin + "one"));
  EXPECT_EQ(other.Finish(), OpenSslSha256(begin + "other"));
}

TEST(Sha256, ResetForgets) {
  Sha256 hash;
  hash.Update(std::string(100, 'x'));
  hash.Reset();
  EXPECT_EQ(hash.octets(), 0u);
  EXPECT_EQ(hash.Finish(), OpenSslSha256(""));
}

TEST(Sha256, StateAndHeldOctetsAreTheWholeStream) {
  const std::string text(150, 'x');
  Sha256 hash;
  hash.Update(text);
  EXPECT_EQ(hash.octets(), 150u);
  EXPECT_EQ(hash.held(), text.substr(128));
  Sha256 again(hash.state(), 128);
  EXPECT_EQ(again.held(), "");
  again.Update(hash.held());
  EXPECT_EQ(again.Finish(), hash.Finish());
}

// As if `octets` octets had come before; OpenSSL counts bits in two words.
Digest OpenSslFrom(const Sha256::State& state, uint64_t octets,
                   std::string_view text) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::ranges::copy(state, context.h);
  context.Nl = static_cast<uint32_t>(octets << 3);
  context.Nh = static_cast<uint32_t>(octets >> 29);
  SHA256_Update(&context, text.data(), text.size());
  Digest digest;
  SHA256_Final(digest.bytes.data(), &context);
  digest.size = 32;
  return digest;
}

TEST(Sha256, CountsBeyondWhatAWordHolds) {
  Random random(3);
  for (const unsigned power : {28, 29, 30, 31, 32, 33, 40, 56, 60}) {
    for (const uint64_t before :
         {(uint64_t{1} << power) - Sha256::kBlock, uint64_t{1} << power}) {
      Sha256::State state;
      for (uint32_t& word : state) word = static_cast<uint32_t>(random.Next());
      const std::string text = RandomText(random, random.Below(200));
      Sha256 hash(state, before);
      hash.Update(text);
      ASSERT_EQ(hash.octets(), before + text.size());
      ASSERT_EQ(hash.Finish(), OpenSslFrom(state, before, text)) << before;
    }
  }
}

TEST(Sha256, PaddingEndsABlock) {
  for (uint64_t octets = 0; octets < 130; ++octets) {
    std::array<uint8_t, kMaxSha256Padding + 1> out;
    out.fill(0xee);
    const size_t size = WriteSha256Padding(octets, out.data());
    ASSERT_GE(size, 9u);
    ASSERT_LE(size, kMaxSha256Padding);
    ASSERT_EQ((octets + size) % Sha256::kBlock, 0u);
    ASSERT_EQ(out[0], 0x80);
    ASSERT_EQ(out[size], 0xee);
    ASSERT_EQ(out[size - 2], octets * 8 >> 8);
    ASSERT_EQ(out[size - 1], octets * 8 & 0xff);
    ASSERT_EQ(std::count(out.begin() + 1, out.begin() + size - 2, 0),
              static_cast<std::ptrdiff_t>(size - 3));
  }
}

}  // namespace
}  // namespace mailassay::crypto
