#include "lib/crypto/batch_gcd.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/crypto/integer.h"
#include "tests/crypto/octets.h"
#include "tests/reference/random.h"

namespace mailassay::crypto {
namespace {

using Indexes = std::vector<size_t>;

std::vector<SharedFactor> Find(const std::vector<Integer>& moduli) {
  std::vector<Bytes> octets;
  for (const Integer& modulus : moduli) octets.push_back(modulus.Octets());
  return FindSharedFactors(
      std::vector<std::span<const uint8_t>>(octets.begin(), octets.end()));
}

// A prime of `bits` bits from `seed`.
Integer Prime(uint64_t seed, size_t bits = 128) {
  reference::Random random(seed);
  Bytes octets(bits / 8);
  for (uint8_t& octet : octets) octet = static_cast<uint8_t>(random.Next());
  octets[0] |= 0xc0;
  Integer prime(octets);
  mpz_nextprime(prime, prime);
  return prime;
}

Integer operator*(const Integer& a, const Integer& b) {
  Integer product;
  mpz_mul(product, a, b);
  return product;
}

TEST(FindSharedFactors, NothingAtAll) {
  EXPECT_TRUE(Find({}).empty());
  EXPECT_TRUE(Find({Prime(1) * Prime(2)}).empty());
  EXPECT_TRUE(Find({Prime(1) * Prime(2), Prime(3) * Prime(4)}).empty());
}

TEST(FindSharedFactors, OnePair) {
  const auto found =
      Find({Prime(1) * Prime(2), Prime(3) * Prime(4), Prime(5) * Prime(2)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Hex(found[0].factor), Hex(Prime(2).Octets()));
  EXPECT_EQ(found[0].moduli, (Indexes{0, 2}));
}

// Both primes of the middle one are known to others: its shared part is all of
// it.
TEST(FindSharedFactors, AChainIsTakenApart) {
  const auto found =
      Find({Prime(1) * Prime(2), Prime(2) * Prime(3), Prime(3) * Prime(4)});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(Hex(found[0].factor), Hex(Prime(2).Octets()));
  EXPECT_EQ(found[0].moduli, (Indexes{0, 1}));
  EXPECT_EQ(Hex(found[1].factor), Hex(Prime(3).Octets()));
  EXPECT_EQ(found[1].moduli, (Indexes{1, 2}));
}

TEST(FindSharedFactors, EqualModuliAreOne) {
  const Integer n = Prime(1) * Prime(2);
  EXPECT_TRUE(Find({n, n, n}).empty());
  const auto found = Find({n, n, Prime(2) * Prime(3), Prime(2) * Prime(3)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].moduli, (Indexes{0, 2}));
}

TEST(FindSharedFactors, LeadingZerosMakeNoOtherModulus) {
  const Bytes plain = (Prime(1) * Prime(2)).Octets();
  const Bytes padded = Bytes{0, 0} + plain;
  EXPECT_TRUE(
      FindSharedFactors(std::vector<std::span<const uint8_t>>{plain, padded})
          .empty());
}

TEST(FindSharedFactors, ThePrimeAloneAndAsASquare) {
  const Integer p = Prime(1);
  const auto found = Find({p * Prime(2), p, p * p, p * p * Prime(3)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Hex(found[0].factor), Hex(p.Octets()));
  EXPECT_EQ(found[0].moduli, (Indexes{0, 1, 2, 3}));
  EXPECT_TRUE(Find({p * p, Prime(2)}).empty());
}

TEST(FindSharedFactors, HostileValues) {
  EXPECT_TRUE(Find({Integer(0), Integer(1), Integer(0), Integer(2), Integer(2),
                    Integer(4), Integer(6), Integer(3), Integer(9)})
                  .empty());
  // Even ones share 2 with others, which is no prime of a key.
  EXPECT_TRUE(Find({Prime(1) * Integer(2), Prime(2) * Integer(6),
                    Prime(3) * Integer(3)})
                  .empty());
  const auto found = Find({Integer(0), Prime(1) * Integer(2), Integer(1),
                           Prime(1) * Integer(4), Integer(0)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Hex(found[0].factor), Hex(Prime(1).Octets()));
  EXPECT_EQ(found[0].moduli, (Indexes{1, 3}));
}

TEST(FindSharedFactors, OneFactorOfMany) {
  std::vector<Integer> moduli;
  Indexes all;
  for (uint64_t i = 0; i < 500; ++i) {
    moduli.push_back(Prime(1) * Prime(1000 + i));
    all.push_back(i);
  }
  const auto found = Find(moduli);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].moduli, all);
}

// Against one gcd a pair.
TEST(FindSharedFactors, ThousandsOfModuli) {
  reference::Random random(7);
  std::vector<Integer> moduli;
  std::vector<Indexes> expected;
  for (uint64_t i = 0; i < 4000; ++i) {
    moduli.push_back(Prime(2 * i) * Prime(2 * i + 1));
  }
  for (uint64_t i = 0; i < 60; ++i) {
    const size_t a = random.Below(2000), b = 2000 + random.Below(2000);
    moduli[b] = moduli[b] * Prime(2 * a);
  }
  for (size_t i = 0; i < 2000; ++i) {
    const Integer prime = Prime(2 * i);
    Indexes group = {i};
    for (size_t j = 2000; j < 4000; ++j) {
      if (mpz_divisible_p(moduli[j], prime) != 0) group.push_back(j);
    }
    if (group.size() > 1) expected.push_back(group);
  }
  std::vector<Indexes> found;
  for (const SharedFactor& shared : Find(moduli))
    found.push_back(shared.moduli);
  EXPECT_EQ(found, expected);
}

// More different products of shared primes than are taken apart.
TEST(FindSharedFactors, ManyPairs) {
  std::vector<Integer> moduli;
  for (uint64_t i = 0; i < 150; ++i) {
    moduli.push_back(Prime(3 * i) * Prime(3 * i + 1));
    moduli.push_back(Prime(3 * i) * Prime(3 * i + 2));
  }
  const auto found = Find(moduli);
  ASSERT_EQ(found.size(), 150u);
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].moduli, (Indexes{2 * i, 2 * i + 1}));
    EXPECT_EQ(Hex(found[i].factor), Hex(Prime(3 * i).Octets()));
  }
}

}  // namespace
}  // namespace mailassay::crypto
