#include "lib/dmarc/organizational_domain.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace mailassay::dmarc {
namespace {

struct Case {
  std::string domain, organization;
};

// The list's own test data (publicsuffix.org, "checkPublicSuffix") and the
// cases that decide alignment.
TEST(OrganizationalDomain, SuffixAndOneLabel) {
  const auto list = PublicSuffixList::Load();
  for (const Case& c : {
           Case{"example.com", "example.com"},
           Case{"mail.eu.example.com", "example.com"},
           Case{"b.example.co.uk", "example.co.uk"},
           Case{"www.city.kobe.jp", "city.kobe.jp"},  // !city.kobe.jp
           Case{"b.c.kobe.jp", "b.c.kobe.jp"},        // *.kobe.jp
           Case{"a.b.c.kobe.jp", "b.c.kobe.jp"},
           Case{"www.ck", "www.ck"},                    // !www.ck
           Case{"alice.github.io", "alice.github.io"},  // private section
           Case{"www.alice.github.io", "alice.github.io"},
           Case{"www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
           Case{"_x.example.org", "example.org"},
           // The default rule is "*".
           Case{"a.b.nosuchtld", "b.nosuchtld"},
       }) {
    EXPECT_EQ(list->OrganizationalDomain(c.domain), c.organization) << c.domain;
  }
}

TEST(OrganizationalDomain, PublicSuffixesAndSingleLabelsHaveNone) {
  const auto list = PublicSuffixList::Load();
  for (const std::string domain :
       {"", "com", "co.uk", "c.kobe.jp", "test.ck", "github.io", "localhost",
        "xn--55qx5d.cn", "nosuchtld",
        // N5: addresses are no names
        "192.0.2.1", "2.1", "1", "example.123"}) {
    EXPECT_EQ(list->OrganizationalDomain(domain), "") << domain;
  }
}

TEST(OrganizationalDomain, IsAViewIntoTheName) {
  const auto list = PublicSuffixList::Load();
  const std::string text = "mail.example.com.attack.test";
  const std::string_view name = std::string_view(text).substr(0, 16);
  const std::string_view found = list->OrganizationalDomain(name);
  EXPECT_EQ(found, "example.com");
  EXPECT_EQ(found.data(), text.data() + 5);
}

TEST(OrganizationalDomain, LengthIsBounded) {
  const auto list = PublicSuffixList::Load();
  std::string name = "example.com";
  while (name.size() + 2 <= 253) name = "a." + name;
  EXPECT_EQ(list->OrganizationalDomain(name), "example.com");
  EXPECT_EQ(list->OrganizationalDomain(std::string(241, 'a') + "." + name), "");
  // Malformed names give something, never a crash.
  for (const std::string text : {".", "..", ".com", "a..b", ".example.com"}) {
    EXPECT_LE(list->OrganizationalDomain(text).size(), text.size()) << text;
  }
}

TEST(OrganizationalDomain, ThreadsShareAList) {
  const auto list = PublicSuffixList::Load();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&list] {
      for (int n = 0; n < 200; ++n) {
        const std::string name = "m" + std::to_string(n) + ".example.co.uk";
        EXPECT_EQ(list->OrganizationalDomain(name), "example.co.uk");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(PublicSuffixList, NamesItsFileOrIsBuiltIn) {
  const std::string path = PublicSuffixList::Load()->path();
  EXPECT_TRUE(path.empty() || path.starts_with('/')) << path;
}

}  // namespace
}  // namespace mailassay::dmarc
