#include "lib/crypto/ed25519_encoding.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "tests/crypto/octets.h"

namespace mailassay::crypto {
namespace {

Ed25519Octets Fixed(const Bytes& octets) {
  return std::span(octets).first<32>();
}

// y of the eight points of small order, and the encodings of them that RFC 8032
// 5.1.3 refuses (as in "Taming the many EdDSAs", table 2).
TEST(Ed25519Encoding, SmallOrder) {
  struct Case {
    std::string_view y;
    bool canonical_plus, canonical_minus;  // with the sign bit clear, set
  };
  for (const auto& [y, plus, minus] : {
           Case{"0000000000000000000000000000000000000000000000000000000000000"
                "000",
                true, true},
           Case{"0100000000000000000000000000000000000000000000000000000000000"
                "000",
                true, false},
           Case{"ecfffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                "f7f",
                true, false},
           Case{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53f"
                "c05",
                true, true},
           Case{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac0"
                "37a",
                true, true},
       }) {
    Bytes point = Unhex(y);
    EXPECT_TRUE(IsSmallOrderPoint(Fixed(point))) << y;
    EXPECT_EQ(IsCanonicalPoint(Fixed(point)), plus) << y;
    // libsodium, which knows the list too, takes none for a key.
    EXPECT_EQ(crypto_core_ed25519_is_valid_point(point.data()), 0) << y;
    point.back() |= 0x80;
    EXPECT_TRUE(IsSmallOrderPoint(Fixed(point))) << y;
    EXPECT_EQ(IsCanonicalPoint(Fixed(point)), minus) << y;
  }
}

TEST(Ed25519Encoding, PointNotBelowThePrime) {
  Bytes point(32, 0xff);
  point.back() = 0x7f;
  for (int first = 0; first < 256; ++first) {
    point[0] = static_cast<uint8_t>(first);
    // p = 2^255 - 19 ends in ed.
    EXPECT_EQ(IsCanonicalPoint(Fixed(point)), first < 0xed) << first;
  }
}

TEST(Ed25519Encoding, ScalarBelowTheOrder) {
  struct Case {
    std::string_view scalar;
    bool canonical;
  };
  for (const auto& [scalar, canonical] : {
           Case{"ecd3f55c1a631258d69cf7a2def9de14000000000000000000000000000000"
                "10",
                true},  // L - 1
           Case{"edd3f55c1a631258d69cf7a2def9de14000000000000000000000000000000"
                "10",
                false},  // L
           Case{"eed3f55c1a631258d69cf7a2def9de14000000000000000000000000000000"
                "10",
                false},
           Case{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                "0f",
                true},
           Case{"0000000000000000000000000000000000000000000000000000000000000"
                "000",
                true},
           Case{"0000000000000000000000000000000000000000000000000000000000000"
                "020",
                false},
       }) {
    EXPECT_EQ(IsCanonicalScalar(Fixed(Unhex(scalar))), canonical) << scalar;
  }
}

}  // namespace
}  // namespace mailassay::crypto
