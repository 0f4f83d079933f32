#include "lib/dmarc/organization_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay::dmarc {
namespace {

// First as the list says, then from memory, though the memory overflows
// between.
TEST(OrganizationCache, SaysWhatTheListSays) {
  const auto list = PublicSuffixList::Load();
  OrganizationCache cache(*list);
  for (int round = 0; round < 3; ++round) {
    for (const std::string domain :
         {"", "com", "example.com", "a.b.example.com", "b.example.co.uk",
          "co.uk", "192.0.2.1", "www.alice.github.io", "localhost", "..",
          ".com"}) {
      EXPECT_EQ(cache.Find(domain), list->OrganizationalDomain(domain))
          << domain;
    }
    for (int i = 0; i < 5000; ++i) {
      const std::string domain = "a." + std::to_string(i) + ".co.uk";
      EXPECT_EQ(cache.Find(domain), domain.substr(2));
    }
    const std::string long_name(300, 'a');
    EXPECT_EQ(cache.Find(long_name + ".com"), "");
  }
}

TEST(OrganizationCache, GivesAViewIntoTheNameAsked) {
  const auto list = PublicSuffixList::Load();
  OrganizationCache cache(*list);
  for (int i = 0; i < 2; ++i) {
    const std::string text = "mail.example.com.attack.test";
    const std::string_view found =
        cache.Find(std::string_view(text).substr(0, 16));
    EXPECT_EQ(found, "example.com");
    EXPECT_EQ(found.data(), text.data() + 5);
  }
}

}  // namespace
}  // namespace mailassay::dmarc
