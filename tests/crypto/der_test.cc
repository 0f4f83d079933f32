#include "lib/crypto/der.h"

#include <gtest/gtest.h>

#include "tests/crypto/octets.h"

namespace mailassay::crypto {
namespace {

TEST(DerReader, Lengths) {
  const Bytes long_one(0x80, 7), longer(0x100, 7), longest(0x10000, 7);
  struct Case {
    Bytes input;
    size_t size;
  };
  for (const Case& good : {
           Case{Unhex("30 00"), 0},
           Case{Unhex("30 02 0102"), 2},
           Case{Unhex("30 8180") + long_one, 0x80},
           Case{Unhex("30 820100") + longer, 0x100},
           Case{Unhex("30 83010000") + longest, 0x10000},
       }) {
    DerReader reader(good.input);
    const auto contents = reader.Read(DerTag::kSequence);
    ASSERT_TRUE(contents) << good.size;
    EXPECT_EQ(contents->size(), good.size);
    EXPECT_TRUE(reader.AtEnd());
    EXPECT_EQ(WriteDer(DerTag::kSequence, {*contents}), good.input);
  }
}

// X.690 10.1 (C15): indefinite, padded and short forms.
TEST(DerReader, RefusedLengths) {
  const Bytes long_one(0x80, 7);
  for (const Bytes& bad : {
           Bytes{}, Unhex("30"),
           Unhex("30 01"),       // contents missing
           Unhex("30 80 0000"),  // indefinite
           Unhex("30 8101 00"),  // long form below 128
           Unhex("30 817f") + Bytes(0x7f, 7),
           Unhex("30 820080") + long_one,  // leading zero
           Unhex("30 81"), Unhex("30 8201"),
           Unhex("30 8180"),         // contents missing
           Unhex("30 84 01000000"),  // more length octets than a key needs
           Unhex("30 88 ffffffffffffffff"), Unhex("30 ff"),
           Unhex("31 00"),  // another tag
       }) {
    DerReader reader(bad);
    EXPECT_FALSE(reader.Read(DerTag::kSequence)) << Hex(bad);
    EXPECT_EQ(reader.AtEnd(), bad.empty());
  }
}

TEST(DerReader, Unsigned) {
  struct Case {
    std::string_view input, value;
  };
  for (const auto& [input, value] : {
           Case{"02 01 00", "00"},
           Case{"02 01 7f", "7f"},
           Case{"02 02 0080", "80"},
           Case{"02 03 010001", "010001"},
           Case{"02 03 00ffff", "ffff"},
       }) {
    const Bytes octets = Unhex(input);
    DerReader reader(octets);
    const auto number = reader.ReadUnsigned();
    ASSERT_TRUE(number) << input;
    EXPECT_EQ(Hex(*number), value);
    EXPECT_TRUE(reader.AtEnd());
    EXPECT_EQ(WriteDerUnsigned(*number), octets);
  }
  for (const std::string_view bad : {
           "02 00",     // X.690 8.3.1: at least one octet
           "02 01 80",  // negative
           "02 01 ff",
           "02 02 0000",  // X.690 8.3.2: fewest octets
           "02 02 007f", "02 03 000080", "02 02 ff80",
           "04 01 01",  // another tag
           "02 02 01",  // short
       }) {
    const Bytes octets = Unhex(bad);
    DerReader reader(octets);
    EXPECT_FALSE(reader.ReadUnsigned()) << bad;
    EXPECT_FALSE(reader.AtEnd()) << bad;
  }
}

TEST(DerReader, BitString) {
  const Bytes good = Unhex("03 03 00 abcd");
  DerReader reader(good);
  const auto bits = reader.ReadBitString();
  ASSERT_TRUE(bits);
  EXPECT_EQ(Hex(*bits), "abcd");
  for (const std::string_view bad :
       {"03 00", "03 03 01 abcc", "03 03 08 abcd", "04 03 00abcd"}) {
    const Bytes octets = Unhex(bad);
    DerReader refused(octets);
    EXPECT_FALSE(refused.ReadBitString()) << bad;
  }
}

// All inputs 02 xx xx xx: what is read whole is written back the same.
TEST(DerReader, ReadThenWrittenIsTheInput) {
  int taken = 0;
  Bytes octets = Unhex("02 000000");
  for (uint32_t value = 0; value < (1u << 24); ++value) {
    octets[1] = static_cast<uint8_t>(value >> 16);
    octets[2] = static_cast<uint8_t>(value >> 8);
    octets[3] = static_cast<uint8_t>(value);
    DerReader reader(octets);
    const auto number = reader.ReadUnsigned();
    if (!number || !reader.AtEnd()) continue;
    ++taken;
    ASSERT_EQ(WriteDerUnsigned(*number), octets);
  }
  EXPECT_EQ(taken, 0x8000 - 0x80);  // two octets: 0080 to 7fff
}

}  // namespace
}  // namespace mailassay::crypto
