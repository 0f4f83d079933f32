// Digits, and every kernel of the family "rsa" against PublicKey::Raise and
// against arithmetic small enough to be done here.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "lib/crypto/public_key.h"
#include "lib/crypto/rsa_digits.h"
#include "lib/crypto/rsa_kernels.h"
#include "tests/crypto/octets.h"
#include "tests/reference/random.h"

namespace mailassay::crypto {
namespace {

using reference::Random;
using Key = std::shared_ptr<const PublicKey>;

const Bytes kE65537 = {0x01, 0x00, 0x01};

// A key of any odd modulus, big-endian without leading zeros: raising needs no
// factors.
Key KeyOf(const Bytes& n, const Bytes& e = kE65537) {
  const Bytes sign(n[0] >= 0x80 ? 1 : 0, 0);
  const Key key = PublicKey::ParseRsa(
                      Element(0x30, Element(0x02, sign + n) + Element(0x02, e)))
                      .key;
  EXPECT_NE(key, nullptr) << Hex(n);
  return key;
}

// 2^bits - 1.
Bytes Ones(size_t bits) {
  Bytes n((bits + 7) / 8, 0xff);
  n[0] = static_cast<uint8_t>(0xff >> (8 * n.size() - bits));
  return n;
}

// 2^(bits - 1) + 1.
Bytes Least(size_t bits) {
  Bytes n((bits + 7) / 8, 0);
  n[0] = static_cast<uint8_t>(1 << ((bits - 1) % 8));
  n.back() |= 1;
  return n;
}

Bytes RandomModulus(size_t bits, Random& random) {
  Bytes n = Ones(bits);
  for (size_t i = 1; i < n.size(); ++i)
    n[i] = static_cast<uint8_t>(random.Next());
  const Bytes least = Least(bits);
  n[0] = static_cast<uint8_t>((n[0] & random.Next()) | least[0]);
  n.back() |= 1;
  return n;
}

// Below n, which is more than 2.
Bytes RandomBelow(const Bytes& n, Random& random) {
  Bytes s(n.size());
  do {
    for (uint8_t& octet : s) octet = static_cast<uint8_t>(random.Next());
    s[0] = static_cast<uint8_t>(random.Below(n[0] + 1u));
  } while (s >= n);
  return s;
}

// n - k, for k below the last octet of n.
Bytes Minus(Bytes n, uint8_t k) {
  EXPECT_GE(n.back(), k);
  n.back() = static_cast<uint8_t>(n.back() - k);
  return n;
}

Bytes Small(const Bytes& n, uint8_t value) {
  Bytes s(n.size(), 0);
  s.back() = value;
  return s;
}

struct Work {
  Key key;
  Bytes signature;
};

// What the kernel writes for these (at most eight), in buffers of exactly their
// size.
std::vector<Bytes> Raised(RaiseLanes* raise, const std::vector<Work>& work) {
  std::vector<Bytes> blocks;
  for (const Work& w : work) blocks.emplace_back(w.key->modulus_size(), 0xa5);
  std::vector<RsaLane> lanes;
  for (size_t i = 0; i < work.size(); ++i) {
    lanes.push_back({work[i].key.get(), work[i].signature, blocks[i]});
  }
  EXPECT_TRUE(raise(lanes));
  return blocks;
}

// In batches of eight, against PublicKey::Raise.  REQUIRES: one lane width.
void ExpectRaised(const std::vector<Work>& work) {
  for (const auto& kernel : RsaKernels().Supported()) {
    for (size_t from = 0; from < work.size(); from += kRsaLanes) {
      const size_t to = std::min(from + kRsaLanes, work.size());
      const std::vector<Work> batch(work.begin() + static_cast<ptrdiff_t>(from),
                                    work.begin() + static_cast<ptrdiff_t>(to));
      const std::vector<Bytes> blocks = Raised(kernel.run, batch);
      for (size_t i = 0; i < batch.size(); ++i) {
        Bytes expected(batch[i].key->modulus_size());
        ASSERT_TRUE(batch[i].key->Raise(batch[i].signature, expected));
        ASSERT_EQ(Hex(blocks[i]), Hex(expected))
            << NameOf(kernel.level) << ", " << batch[i].key->bits()
            << " bits, lane " << i << ", s = " << Hex(batch[i].signature);
      }
    }
  }
}

// Bit `at` of big-endian octets.
unsigned BitOf(std::span<const uint8_t> octets, size_t at) {
  if (at / 8 >= octets.size()) return 0;
  return octets[octets.size() - 1 - at / 8] >> (at % 8) & 1u;
}

TEST(RsaDigits, AreTheBitsInOrder) {
  Random random(1);
  for (const size_t width : kRsaWidths) {
    for (size_t size = 0; size <= width / 2 * 13; size += random.Below(9) + 1) {
      Bytes octets(size);
      for (uint8_t& octet : octets) {
        octet = static_cast<uint8_t>(random.Next() | random.Next());
      }
      std::vector<uint64_t> digits(width, ~uint64_t{0});
      ToDigits(octets, digits);
      for (size_t i = 0; i < width; ++i) {
        uint64_t digit = 0;
        for (size_t bit = 52; bit-- > 0;) {
          digit = digit << 1 | BitOf(octets, 52 * i + bit);
        }
        ASSERT_EQ(digits[i], digit) << width << " " << size << " " << i;
      }
      Bytes back(size, 0xa5);
      ToOctets(digits, back);
      ASSERT_EQ(Hex(back), Hex(octets));
    }
  }
  Bytes full(80 / 2 * 13, 0xff);
  std::vector<uint64_t> digits(80);
  ToDigits(full, digits);
  EXPECT_EQ(digits, std::vector<uint64_t>(80, (uint64_t{1} << 52) - 1));
  Bytes back(full.size());
  ToOctets(digits, back);
  EXPECT_EQ(back, full);
}

TEST(RsaDigits, NegativeInverse) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t n =
        i < 500 ? 2 * static_cast<uint64_t>(i) + 1 : random.Next() | 1;
    const uint64_t inverse = NegativeInverse(n);
    EXPECT_LT(inverse, uint64_t{1} << 52);
    EXPECT_EQ((n * inverse + 1) << 12, 0u) << n;
  }
}

TEST(LaneModulus, Widths) {
  struct Case {
    size_t bits, digits;
  };
  for (const Case& c :
       {Case{2, 20}, Case{512, 20}, Case{1024, 20}, Case{1038, 20},
        Case{1039, 40}, Case{2048, 40}, Case{2078, 40}, Case{2079, 80},
        Case{4096, 80}, Case{4158, 80}, Case{4159, 0}, Case{8192, 0}}) {
    EXPECT_EQ(RsaWidthFor(c.bits), c.digits) << c.bits;
    const LaneModulus n = KeyOf(Ones(c.bits))->lane_modulus();
    EXPECT_EQ(n.digits(), c.digits) << c.bits;
    EXPECT_EQ(n.r_squared.size(), c.digits);
  }
  for (const Bytes& e : {Bytes{3}, Bytes{0x01, 0x00, 0x03}, Bytes{0x11}}) {
    EXPECT_EQ(KeyOf(Ones(1024), e)->lane_modulus().digits(), 0u);
  }
}

// R = 2^1040 and n = 2^k - 1: R^2 mod n = 2^(2080 mod k).
TEST(LaneModulus, RSquared) {
  for (size_t k = 2; k <= 1038; k += 7) {
    const LaneModulus n = KeyOf(Ones(k))->lane_modulus();
    for (size_t i = 0; i < 20; ++i) {
      const size_t bit = 2080 % k;
      EXPECT_EQ(n.r_squared[i], bit / 52 == i ? uint64_t{1} << bit % 52 : 0u);
    }
  }
}

// Every odd modulus of one octet, every value below it.
TEST(RsaKernels, TinyModuli) {
  for (const auto& kernel : RsaKernels().Supported()) {
    for (unsigned n = 3; n < 256; n += 2) {
      const Key key = KeyOf({static_cast<uint8_t>(n)});
      for (unsigned from = 0; from < n; from += kRsaLanes) {
        std::vector<Work> work;
        for (unsigned s = from; s < std::min<unsigned>(n, from + kRsaLanes);
             ++s) {
          work.push_back({key, {static_cast<uint8_t>(s)}});
        }
        const std::vector<Bytes> blocks = Raised(kernel.run, work);
        for (size_t i = 0; i < work.size(); ++i) {
          const unsigned s = work[i].signature[0];
          unsigned power = s;
          for (int square = 0; square < 16; ++square) power = power * power % n;
          ASSERT_EQ(blocks[i][0], power * s % n) << s << " " << n;
        }
      }
    }
  }
}

// Each lane with its own modulus, of every size that matters for its width.
TEST(RsaKernels, RandomKeys) {
  Random random(3);
  const std::vector<std::vector<size_t>> widths = {
      {9,   51,  52,   53,   64,   103,  104,  105,  511,  512, 513,
       520, 768, 1000, 1022, 1023, 1024, 1025, 1036, 1037, 1038},
      {1039, 1040, 1041, 1280, 1535, 1536, 1537, 2040, 2047, 2048, 2049, 2076,
       2077, 2078},
      {2079, 2080, 2081, 3071, 3072, 3073, 4088, 4095, 4096, 4097, 4156, 4157,
       4158}};
  for (const std::vector<size_t>& sizes : widths) {
    std::vector<Work> work;
    for (int round = 0; round < 5; ++round) {
      for (const size_t bits : sizes) {
        const Bytes n = RandomModulus(bits, random);
        work.push_back({KeyOf(n), RandomBelow(n, random)});
      }
    }
    ExpectRaised(work);
  }
}

// The largest moduli of a width: here results between n and 2n are common, the
// last one included.
TEST(RsaKernels, NoHeadroomLeft) {
  Random random(4);
  for (const size_t bits : {1038u, 2078u, 4158u}) {
    std::vector<Work> work;
    for (int i = 0; i < 64; ++i) {
      Bytes n = RandomModulus(bits, random);
      n[0] = Ones(bits)[0];
      work.push_back({KeyOf(n), RandomBelow(n, random)});
    }
    ExpectRaised(work);
  }
}

TEST(RsaKernels, Extremes) {
  Random random(5);
  for (const std::vector<size_t>& sizes :
       {std::vector<size_t>{52, 104, 512, 520, 1023, 1024, 1038},
        std::vector<size_t>{1039, 1040, 1092, 2047, 2048, 2049, 2078},
        std::vector<size_t>{2079, 2080, 3072, 4095, 4096, 4158}}) {
    std::vector<Work> work;
    for (const size_t bits : sizes) {
      for (const Bytes& n : {Ones(bits), Least(bits), Minus(Ones(bits), 2)}) {
        const Key key = KeyOf(n);
        Bytes half = n, low_ones = Ones(bits / 2), few = Small(n, 0);
        half[0] = 0;
        low_ones.insert(low_ones.begin(), n.size() - low_ones.size(), 0);
        few[few.size() / 2] = 1;
        for (const Bytes& s : {Small(n, 0), Small(n, 1), Small(n, 2),
                               Minus(n, 1), half, low_ones, few}) {
          work.push_back({key, s});
        }
      }
    }
    ExpectRaised(work);
  }
}

// Each number of lanes; a lane's block depends on its own key and s alone.
TEST(RsaKernels, EveryFill) {
  Random random(6);
  for (const size_t bits : {1024u, 2048u, 4096u}) {
    for (size_t size = 1; size <= kRsaLanes; ++size) {
      std::vector<Work> work;
      for (size_t i = 0; i < size; ++i) {
        const Bytes n =
            i % 2 == 0 ? Ones(bits - i) : RandomModulus(bits, random);
        work.push_back({KeyOf(n), RandomBelow(n, random)});
      }
      ExpectRaised(work);
    }
  }
}

TEST(RsaKernels, Family) {
  EXPECT_EQ(RsaKernels().name(), "rsa");
  const auto kernels = RsaKernels().Supported();
  ASSERT_FALSE(kernels.empty());
  EXPECT_EQ(kernels.back().run, RaiseOneByOne);
  EXPECT_EQ(kernels.back().level, KernelLevel::kPortable);
}

}  // namespace
}  // namespace mailassay::crypto
