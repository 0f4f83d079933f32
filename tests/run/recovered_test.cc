#include "pipeline/run/recovered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reference/signing_key.h"

namespace mailassay::run {
namespace {

using testing::ElementsAre;

FoundKey Found(size_t signatures) {
  static const auto key =
      crypto::PublicKey::ParseRsa(reference::SigningKey::Rsa(1, 1024, 3).Spki())
          .key;
  return {.name = "s._domainkey.a.test", .key = key, .signatures = signatures};
}

TEST(FoundText, SaysWhoSharesTheKey) {
  EXPECT_EQ(FoundText(Found(3), ""),
            "s._domainkey.a.test: 1024 bits, signed by the same key as 2 "
            "others");
  EXPECT_EQ(FoundText(Found(2), ""),
            "s._domainkey.a.test: 1024 bits, signed by the same key as 1 "
            "other");
  EXPECT_EQ(FoundText(Found(3), "t._domainkey.b.test"),
            "s._domainkey.a.test: 1024 bits, signed by the same key as 2 "
            "others and t._domainkey.b.test");
  EXPECT_EQ(FoundText(Found(1), "t._domainkey.b.test"),
            "s._domainkey.a.test: 1024 bits, signed by the same key as "
            "t._domainkey.b.test");
}

TEST(StartLines, NothingToTry) {
  EXPECT_THAT(StartLines({.names = 1, .single = 1}),
              ElementsAre("1 name with signatures that no known key made; 0 "
                          "can be tried",
                          "1 name without two signatures to compare"));
}

TEST(StartLines, WhatWillBeDoneAndWhatNot) {
  const RecoveryStart start = {.names = 1234,
                               .open = 20,
                               .tried_before = 2,
                               .too_long = 3,
                               .beyond_limit = 1209,
                               .unanswered = 1,
                               .left_out = 7,
                               .fewest_pairs = 20,
                               .most_pairs = 400,
                               .fewest_seconds = 120,
                               .most_seconds = 7200,
                               .jobs = 2};
  EXPECT_THAT(
      StartLines(start),
      ElementsAre(
          "1,234 names with signatures that no known key made; 20 can be tried",
          "2 names tried before, without more signatures or --tries since",
          "3 names with keys too long for --memory",
          "1,209 names left out by --limit",
          "1 signature of names whose servers gave no answer: ask again first",
          "7 signatures left out: --memory is too little for all names",
          "20 to 400 pairs of signatures, about 1 min 0 s, at most 1 h 0 min "
          "with 2 jobs"));
}

TEST(EndText, WhatWasDone) {
  EXPECT_EQ(EndText({.keys = 1, .seconds = 2, .file = "k\n"}),
            "1 key recovered in 2.0 s\nSaved in k\\x0A\n");
  EXPECT_EQ(
      EndText({.keys = 2, .given_up = 1, .open = 3, .seconds = 2, .file = "k"}),
      "2 keys recovered in 2.0 s; 1 name gave no further key; no time "
      "for 3 names: the same command goes on\nSaved in k\n");
}

}  // namespace
}  // namespace mailassay::run
