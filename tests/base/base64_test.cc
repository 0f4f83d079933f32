#include "lib/base/base64.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mailassay {
namespace {

std::string Text(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::span<const uint8_t> Octets(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Case {
  std::string_view text, bytes;
};

TEST(Base64, Rfc4648Section10) {
  for (const Case& c : {
           Case{"", ""},
           Case{"Zg==", "f"},
           Case{"Zm8=", "fo"},
           Case{"Zm9v", "foo"},
           Case{"Zm9vYg==", "foob"},
           Case{"Zm9vYmE=", "fooba"},
           Case{"Zm9vYmFy", "foobar"},
           Case{"+/+/", "\xFB\xFF\xBF"},
       }) {
    const Base64 decoded = DecodeBase64(c.text);
    EXPECT_TRUE(decoded.valid) << c.text;
    EXPECT_TRUE(decoded.canonical) << c.text;
    EXPECT_EQ(Text(decoded.bytes), c.bytes);
    EXPECT_EQ(EncodeBase64(Octets(c.bytes)), c.text);
  }
}

// T21: RFC 6376 2.10.
TEST(Base64, FoldingWhiteSpaceStandsAnywhere) {
  for (std::string_view text : {" Zm9v Yg==", "Zm9vYg= =", "Zm9vYg==\r\n",
                                "Z\r\n\tm\r\n 9\tvY g = = ", "Zm9vYg\r\n =="}) {
    const Base64 decoded = DecodeBase64(text);
    EXPECT_TRUE(decoded.valid) << text;
    EXPECT_EQ(Text(decoded.bytes), "foob") << text;
  }
  EXPECT_TRUE(DecodeBase64(" \t\r\n").valid);
  EXPECT_TRUE(DecodeBase64(" \t\r\n").bytes.empty());
}

// T20, T22: RFC 4648 3.2, 3.3.
TEST(Base64, Refusals) {
  for (std::string_view text : {
           "Zm9vY",
           "Zm9vY===",  // one digit alone
           "Zm9v=",
           "Zm9v====",
           "====",
           "=",  // too much
           "Zm9vYg===",
           "Zg==Zg==",
           "Zg=v",
           "=Zm9",  // misplaced
           "Zm9v!",
           "Zm9-",
           "Zm9_",
           "Zm9v.",
           "Zm 9\xC3\xA4",
           "\xFF",
           "Zm9v\v",
           "Zm9v;",
       }) {
    const Base64 decoded = DecodeBase64(text);
    EXPECT_FALSE(decoded.valid) << text;
    EXPECT_TRUE(decoded.bytes.empty()) << text;
  }
  EXPECT_FALSE(DecodeBase64(std::string_view("Zm9v\0", 5)).valid);
}

// T22: RFC 6376 2.10 has the padding of base64string optional.
TEST(Base64, PaddingMayBeLeftOut) {
  for (const Case& c : {Case{"Zm9vYg", "foob"}, Case{"Zm9vYg=", "foob"},
                        Case{"Zm9vYmE", "fooba"}, Case{"Zg", "f"},
                        Case{"Z\r\n\tg ", "f"}, Case{"Zm 8", "fo"}}) {
    const Base64 decoded = DecodeBase64(c.text);
    EXPECT_TRUE(decoded.valid) << c.text;
    EXPECT_FALSE(decoded.padded) << c.text;
    EXPECT_TRUE(decoded.canonical) << c.text;
    EXPECT_EQ(Text(decoded.bytes), c.bytes) << c.text;
  }
  EXPECT_TRUE(DecodeBase64("Zm9vYg==").padded);
  EXPECT_TRUE(DecodeBase64("Zm9v").padded);
  EXPECT_TRUE(DecodeBase64("").padded);
}

// T23: RFC 4648 3.5.
TEST(Base64, UnusedBitsAreNoticed) {
  for (const Case& c :
       {Case{"Zh==", "f"}, Case{"Zo==", "f"}, Case{"Zm9=", "fo"}}) {
    const Base64 decoded = DecodeBase64(c.text);
    EXPECT_TRUE(decoded.valid) << c.text;
    EXPECT_FALSE(decoded.canonical) << c.text;
    EXPECT_EQ(Text(decoded.bytes), c.bytes) << c.text;
  }
}

TEST(Base64, RandomOctetsComeBack) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 300; ++size) {
    std::vector<uint8_t> bytes(size);
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    const Base64 decoded = DecodeBase64(EncodeBase64(bytes));
    EXPECT_TRUE(decoded.valid && decoded.canonical);
    EXPECT_EQ(decoded.bytes, bytes);
  }
}

}  // namespace
}  // namespace mailassay
