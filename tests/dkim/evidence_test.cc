#include "lib/dkim/evidence.h"

#include <gtest/gtest.h>

namespace mailassay::dkim {
namespace {

TEST(Evidence, KeyName) {  // RFC 6376 3.6.2.1
  Signature signature;
  signature.domain = "example.com";
  signature.selector = "brisbane.2024";
  EXPECT_EQ(KeyName(signature), "brisbane.2024._domainkey.example.com");
}

TEST(Evidence, NameThatMustNotBeAskedFor) {  // N1-N4
  Signature signature;
  EXPECT_EQ(KeyName(signature), "");
  signature.domain = "example.com";
  signature.header_s = "../../etc";
  EXPECT_EQ(KeyName(signature), "");
  signature.domain = {};
  signature.selector = "sel";
  EXPECT_EQ(KeyName(signature), "");
}

}  // namespace
}  // namespace mailassay::dkim
