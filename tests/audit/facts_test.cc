#include "lib/audit/facts.h"

#include <gtest/gtest.h>

#include <memory>

namespace mailassay::audit {
namespace {

TEST(Facts, Locate) {
  auto input = std::make_shared<Input>();
  input->file = "a.tar!b.mbox";
  MessageFacts facts;
  facts.input = input;
  facts.offset = 42;
  EXPECT_EQ(Locate(facts), "a.tar!b.mbox@42");
}

TEST(Facts, FormatNames) {
  EXPECT_EQ(FormatName(Format::kMboxRd), "mbox_rd");
  EXPECT_EQ(FormatName(Format::kMboxCl), "mbox_cl");
  EXPECT_EQ(FormatName(Format::kMaildir), "maildir");
  EXPECT_EQ(FormatName(Format::kEml), "eml");
  EXPECT_EQ(FormatName(Format::kUnread), "unread");
}

}  // namespace
}  // namespace mailassay::audit
