#include "lib/mail/field_name.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

TEST(FieldName, EveryNameIsFoundInAnyCase) {
  for (size_t i = 1; i < kFieldNames; ++i) {
    const auto name = static_cast<FieldName>(i);
    std::string text(LowerCase(name));
    EXPECT_EQ(text, AsciiLower(text));
    EXPECT_EQ(FindFieldName(text), name) << text;
    for (char& c : text) {
      if (IsLower(c)) c = static_cast<char>(c - 'a' + 'A');
    }
    EXPECT_EQ(FindFieldName(text), name) << text;
  }
}

TEST(FieldName, SpotChecksOfTheTable) {
  EXPECT_EQ(FindFieldName("From"), FieldName::kFrom);
  EXPECT_EQ(FindFieldName("DKIM-Signature"), FieldName::kDkimSignature);
  EXPECT_EQ(FindFieldName("Content-Transfer-Encoding"),
            FieldName::kContentTransferEncoding);
  EXPECT_EQ(FindFieldName("List-Unsubscribe-Post"),
            FieldName::kListUnsubscribePost);
  EXPECT_EQ(FindFieldName("Date"), FieldName::kDate);
  EXPECT_EQ(FindFieldName("Delivery-date"), FieldName::kDeliveryDate);
  EXPECT_EQ(LowerCase(FieldName::kReturnPath), "return-path");
}

TEST(FieldName, KnownNames) {
  for (const char* name : {"Received", "RETURN-PATH", "X-Mozilla-Status", "x-a",
                           "Resent-From", "Newsgroups", "Path"}) {
    EXPECT_TRUE(IsKnownFieldName(name)) << name;
  }
  for (const char* name : {"", "A", "X", "X-", "Price", "Pathway", "Resent"}) {
    EXPECT_FALSE(IsKnownFieldName(name)) << name;
  }
}

// One octet more, less or other is another name.
TEST(FieldName, NearMissesAreOther) {
  EXPECT_EQ(FindFieldName(""), FieldName::kOther);
  EXPECT_EQ(LowerCase(FieldName::kOther), "");
  for (size_t i = 1; i < kFieldNames; ++i) {
    const std::string name(LowerCase(static_cast<FieldName>(i)));
    EXPECT_NE(FindFieldName(name + "x"), static_cast<FieldName>(i));
    EXPECT_NE(FindFieldName(name.substr(1)), static_cast<FieldName>(i));
    for (size_t at = 0; at < name.size(); ++at) {
      for (const char other : {'\0', '\r', '@', '`', '\x8d', '~'}) {
        std::string wrong = name;
        wrong[at] = other;
        EXPECT_EQ(FindFieldName(wrong), FieldName::kOther) << name << at;
      }
    }
  }
}

}  // namespace
}  // namespace mailassay::mail
