#include "lib/dkim/key_answer.h"

#include <gtest/gtest.h>

namespace mailassay::dkim {
namespace {

struct Case {
  KeyStatus status;
  std::string_view name;
  bool temporary;
};

// The names stand in key files: they may never change.
constexpr Case kCases[] = {
    {KeyStatus::kFound, "found", false},
    {KeyStatus::kNxDomain, "nxdomain", false},
    {KeyStatus::kNoData, "nodata", false},
    {KeyStatus::kNotAsked, "not_asked", false},
    {KeyStatus::kServfail, "servfail", true},
    {KeyStatus::kRefused, "refused", true},
    {KeyStatus::kTimeout, "timeout", true},
    {KeyStatus::kNetwork, "network", true},
    {KeyStatus::kMalformed, "malformed", true},
    {KeyStatus::kBogus, "bogus", true},
    {KeyStatus::kCnameLoop, "cname_loop", false},
    {KeyStatus::kCnameLimit, "cname_limit", false},
    {KeyStatus::kTxtLimit, "txt_limit", false},
    {KeyStatus::kZoneLimit, "zone_limit", false},
};

TEST(KeyStatus, NamesBothWaysAndTemporary) {
  for (const Case& c : kCases) {
    EXPECT_EQ(KeyStatusName(c.status), c.name);
    EXPECT_EQ(KeyStatusFromName(c.name), c.status) << c.name;
    EXPECT_EQ(IsTemporary(c.status), c.temporary) << c.name;
  }
}

TEST(KeyStatus, UnknownNamesAreRefused) {
  for (std::string_view name : {"", "Found", "found ", "nx", "servfail2"}) {
    EXPECT_EQ(KeyStatusFromName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace mailassay::dkim
