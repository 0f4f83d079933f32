#include "lib/mail/author_cache.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/concat.h"

namespace mailassay::mail {
namespace {

void ExpectSame(const Author& a, const Author& b, const std::string& text) {
  EXPECT_EQ(a.defect, b.defect) << text;
  EXPECT_EQ(a.domain, b.domain) << text;
  EXPECT_EQ(a.address, b.address) << text;
  EXPECT_EQ(a.from_count, b.from_count) << text;
  EXPECT_EQ(a.anomalies, b.anomalies) << text;
}

TEST(AuthorCache, AnswersAsFindAuthorTheFirstTimeAndAgain) {
  AuthorCache cache;
  const std::string texts[] = {
      "From: a@b.example\n",
      "From: A <a@c.example>\n",
      "from: a@b.example\n",  // the same value, another case of the name
      "From: a@b.example\nFrom: a@c.example\n",
      "From: a@b.example\nSubject: x\nFrom: a@b.example\n",
      "Subject: none\n",
      "From:\n",
      "From: x <a@b.example>, c@d.example\n",
      "From: \"" + std::string(300, 'x') + "\" <a@long.example>\n",
      "From: broken <a@b\n",
  };
  for (int round = 0; round < 3; ++round) {
    for (const std::string& text : texts) {
      const Header header = ParseHeader(text, 100);
      ExpectSame(cache.Find(header), FindAuthor(header), text);
    }
  }
}

TEST(AuthorCache, ForgetsWithoutHarm) {
  AuthorCache cache;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5000; ++i) {
      const std::string text = Concat("From: a@n", i, ".example\n");
      const Author author = cache.Find(ParseHeader(text, 100));
      ASSERT_EQ(author.domain, Concat("n", i, ".example"));
    }
  }
}

}  // namespace
}  // namespace mailassay::mail
