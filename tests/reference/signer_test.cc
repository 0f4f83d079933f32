#include "tests/reference/signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/base64.h"

namespace mailassay::reference {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kMessage =
    "Received: by mx\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

// RFC 8463 A.2 and A.3: the message above without its Received field, signed
// with the key of RFC 8032 7.1 test 1.  Ed25519 is deterministic, so the whole
// signer shows in the one value.
TEST(Signer, Rfc8463Example) {
  const Bytes secret =
      DecodeBase64("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").bytes;
  const SigningKey key = SigningKey::Ed25519FromSecret(secret);
  EXPECT_EQ(key.PublicKeyBase64(),
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  const std::string message(kMessage.substr(kMessage.find("From:")));
  const std::string field = SignTemplate(
      message,
      "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
      " d=football.example.com; i=@football.example.com;\r\n"
      " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
      " subject : date : message-id : from : subject : date;\r\n"
      " bh={bh};\r\n"
      " b={b}\r\n",
      key,
      {.signed_fields = {"from", "to", "subject", "date", "message-id", "from",
                         "subject", "date"}},
      /*fold=*/false);
  EXPECT_THAT(field,
              HasSubstr("bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;"));
  EXPECT_THAT(field, HasSubstr("b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSw"
                               "hEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="));
}

TEST(Signer, UsualField) {
  const SigningKey key = SigningKey::Rsa(1, 1024);
  const std::string field =
      Sign(kMessage, key,
           {.identity = "@example.com", .timestamp = 5, .expiration = 9});
  EXPECT_THAT(field, StartsWith("DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\t"
                                "c=relaxed/relaxed;\r\n\td=example.com;\r\n\t"
                                "s=sel;\r\n\ti=@example.com;\r\n\tt=5;\r\n\t"
                                "x=9;\r\n\th=From:\r\n\t To:\r\n\t Subject:"
                                "\r\n\t Date:\r\n\t Message-ID;\r\n\tbh="));
  EXPECT_TRUE(field.ends_with("\r\n"));
  EXPECT_EQ(Sign(kMessage, key), Sign(kMessage, key));
}

TEST(Signer, RawTagTexts) {
  const SigningKey key = SigningKey::Ed25519(1);
  const std::string field = Sign(kMessage, key,
                                 {.tags = {{"v", "2"}, {"z", "From:x"}},
                                  .drop = {"a"},
                                  .before = " ;",
                                  .after = "; ",
                                  .fold = false});
  EXPECT_THAT(field, StartsWith("DKIM-Signature:  ;v=2; c=relaxed/relaxed;"));
  EXPECT_THAT(field, HasSubstr("; z=From:x; bh="));
  EXPECT_THAT(field, Not(HasSubstr("a=ed25519")));
  EXPECT_TRUE(field.ends_with("; \r\n"));
  EXPECT_THAT(Sign(kMessage, key, {.header_canon = "", .body_canon = ""}),
              Not(HasSubstr("c=")));
}

// What is signed reaches the hash, what is not does not.
TEST(Signer, CoversWhatItNames) {
  const SigningKey key = SigningKey::Ed25519(1);
  const SignOptions options = {.headers = {"From", "From"}};
  const std::string message(kMessage);
  const std::string good = Sign(message, key, options);
  EXPECT_EQ(Sign("X-New: y\r\n" + message, key, options), good);
  EXPECT_NE(Sign("From: z\r\n" + message, key, options), good);
  EXPECT_NE(Sign(message + "more\r\n", key, options), good);
  EXPECT_EQ(Sign(message + "\r\n \r\n", key, options), good);
  const SignOptions prefix = {.headers = {"From"}, .body_length = 5};
  EXPECT_EQ(Sign(message + "more\r\n", key, prefix),
            Sign(message, key, prefix));
}

TEST(Signer, FieldsAndBody) {
  EXPECT_THAT(Fields("A: b\r\n c\r\nD:\r\n\r\nbody\r\n"),
              testing::ElementsAre("A: b\r\n c\r\n", "D:\r\n"));
  EXPECT_EQ(Body("A: b\r\n\r\nbody"), "body");
  EXPECT_EQ(Body("\r\nbody"), "body");
  EXPECT_EQ(Body("A: b\r\n"), "");
  EXPECT_TRUE(Fields("\r\nbody").empty());
}

TEST(SigningKey, SameSeedSameKey) {
  EXPECT_EQ(SigningKey::Rsa(5, 512).Spki(), SigningKey::Rsa(5, 512).Spki());
  EXPECT_NE(SigningKey::Rsa(5, 512).Spki(), SigningKey::Rsa(6, 512).Spki());
  for (const unsigned bits : {512u, 768u, 1024u}) {
    EXPECT_EQ(SigningKey::Rsa(5, bits).bits(), bits);
  }
  // Fixed for all time: archives generated anywhere must be the same.
  EXPECT_EQ(EncodeBase64(HashOf(DigestName::kSha256,
                                SigningKey::Rsa(1, 512).PublicKeyBase64())),
            "HVxgKLogwbhlkqFZoiNZNzOBrUYGUzXXHLoZ209b8Qs=");
}

}  // namespace
}  // namespace mailassay::reference
