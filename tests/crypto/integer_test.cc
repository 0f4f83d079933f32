#include "lib/crypto/integer.h"

#include <gtest/gtest.h>

#include "tests/crypto/octets.h"

namespace mailassay::crypto {
namespace {

TEST(Integer, OctetsAndBack) {
  EXPECT_EQ(Integer().Octets(), Bytes{});
  EXPECT_EQ(Integer(Bytes{}).Octets(), Bytes{});
  EXPECT_EQ(Integer(Bytes{0, 0}).Octets(), Bytes{});
  EXPECT_EQ(Integer(Bytes{0, 0, 1, 0}).Octets(), (Bytes{1, 0}));
  EXPECT_EQ(Integer(Unhex("8000000000000000000000000000000001")).Octets(),
            Unhex("8000000000000000000000000000000001"));
  EXPECT_EQ(Integer(256).bits(), 9u);
}

TEST(Integer, CopiesAreDeep) {
  Integer a(7);
  Integer b = a;
  mpz_add_ui(b, b, 1);
  EXPECT_EQ(mpz_get_ui(a), 7u);
  a = std::move(b);
  EXPECT_EQ(mpz_get_ui(a), 8u);
}

TEST(RemoveSmallPrimes, AllPowersOfAll) {
  Integer value(1);
  for (const unsigned long prime : {2ul, 3ul, 10007ul, 999983ul}) {
    for (int i = 0; i < 5; ++i) mpz_mul_ui(value, value, prime);
  }
  // The first prime above the limit, twice.
  mpz_mul_ui(value, value, 1000003);
  mpz_mul_ui(value, value, 1000003);
  RemoveSmallPrimes(value);
  EXPECT_EQ(mpz_get_ui(value), 1000003ul * 1000003ul);
}

TEST(RemoveSmallPrimes, NothingLeftAndNothingToDo) {
  Integer one(1);
  RemoveSmallPrimes(one);
  EXPECT_TRUE(one.is_one());
  Integer power;
  mpz_setbit(power, 8000);
  RemoveSmallPrimes(power);
  EXPECT_TRUE(power.is_one());
  Integer prime(1000003);
  RemoveSmallPrimes(prime);
  EXPECT_EQ(mpz_get_ui(prime), 1000003u);
}

}  // namespace
}  // namespace mailassay::crypto
