#include "lib/dmarc/alignment.h"

#include <gtest/gtest.h>

namespace mailassay::dmarc {
namespace {

struct Case {
  std::string_view signing, author;
  bool strict, relaxed;
};

TEST(Align, StrictAndRelaxed) {
  const auto list = PublicSuffixList::Load();
  for (const Case& c : {
           Case{"example.com", "example.com", true, true},
           // RFC 7489 3.1.1: relaxed, the organizational domains are equal.
           Case{"example.com", "news.example.com", false, true},
           Case{"mail.example.com", "example.com", false, true},
           Case{"mail.example.com", "news.example.com", false, true},
           Case{"a.example.co.uk", "b.example.co.uk", false, true},
           // a public suffix below an organization: other organizations
           Case{"a.s3.amazonaws.com", "amazonaws.com", false, false},
           Case{"amazonaws.com", "a.s3.amazonaws.com", false, false},
           Case{"example.com", "example.net", false, false},
           Case{"example.com", "badexample.com", false, false},
           Case{"badexample.com", "example.com", false, false},
           Case{"example.com.attack.test", "example.com", false, false},
       }) {
    const Alignment found = Align(c.signing, c.author, *list);
    EXPECT_EQ(found.strict, c.strict) << c.signing << " " << c.author;
    EXPECT_EQ(found.relaxed, c.relaxed) << c.signing << " " << c.author;
  }
}

// A11, N5: nobody signs for a whole public suffix.
TEST(Align, NamesOfNoOrganizationNeverAlign) {
  const auto list = PublicSuffixList::Load();
  for (const Case& c : {
           Case{"com", "example.com", false, false},
           Case{"com", "com", false, false},
           Case{"co.uk", "example.co.uk", false, false},
           Case{"alice.github.io", "bob.github.io", false, false},
           Case{"github.io", "bob.github.io", false, false},
           Case{"localhost", "localhost", false, false},
           Case{"192.0.2.1", "192.0.2.1", false, false},
           Case{"a.1", "a.1", false, false},
           Case{"co.uk", "mail.co.uk", false, false},
           Case{"a.gov.in", "b.gov.in", false, false},
           Case{"gov.in", "a.gov.in", false, false},
           Case{"a.gov.in", "gov.in", false, false},
           Case{"gov.in", "nic.in", false, false},
           Case{"xn--p1ai", "xn--p1ai", false, false},
           Case{"", "", false, false},
           Case{"", "example.com", false, false},
           Case{"example.com", "", false, false},
       }) {
    const Alignment found = Align(c.signing, c.author, *list);
    EXPECT_EQ(found.strict, c.strict) << c.signing << " " << c.author;
    EXPECT_EQ(found.relaxed, c.relaxed) << c.signing << " " << c.author;
  }
}

// RFC 9989 and RFC 7489 3.1.1 compare the names first: no list comes between a
// name and itself, in neither of its sections.
TEST(Align, N7_EqualNamesAlignWhateverTheListSays) {
  const auto list = PublicSuffixList::Load();
  for (const std::string_view name :
       {"gov.in", "nic.in", "nhs.uk", "k12.ca.us", "co.uk", "iki.fi",
        "github.io", "blogspot.com", "s3.amazonaws.com", "example.com",
        "a.b.c.example.co.uk", "kobe.jp", "www.ck", "no.such.suffix",
        "xn--55qx5d.cn"}) {
    const Alignment found = Align(name, name, *list);
    EXPECT_TRUE(found.strict) << name;
    EXPECT_TRUE(found.relaxed) << name;
  }
}

}  // namespace
}  // namespace mailassay::dmarc
