// Every kernel this processor can run, against std::string_view::find.
#include "lib/mail/text_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace mailassay::mail {
namespace {

// What each kernel is asked for in turn.
constexpr std::string_view kWanted[] = {"From ", "\n--", "abc", "\n From "};
constexpr std::string_view kHit = kWanted[0];

class TextScans : public testing::TestWithParam<size_t> {
 protected:
  static TextScan* scan() { return kTextScans.Supported()[GetParam()].run; }

  // The octets end where their memory does.
  static void Check(std::string_view text) {
    const auto in = std::make_unique<char[]>(text.size());
    std::copy(text.begin(), text.end(), in.get());
    const char* const end = in.get() + text.size();
    for (const std::string_view wanted : kWanted) {
      const char* const hit = scan()(in.get(), end, wanted);
      ASSERT_EQ(static_cast<size_t>(hit - in.get()),
                std::min(text.find(wanted), text.size()))
          << testing::PrintToString(text) << wanted;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, TextScans, testing::Range(size_t{0}, kTextScans.Supported().size()),
    [](const auto& kernel) {
      return std::string(NameOf(kTextScans.Supported()[kernel.param].level));
    });

TEST_P(TextScans, OneHitAtEveryPlaceOfEverySize) {
  for (size_t size = 0; size < 600; size += size < 20 ? 1 : 7) {
    Check(std::string(size, 'x'));
    for (size_t at = 0; at < size; ++at) {
      for (const std::string_view wanted : kWanted) {
        std::string text(size, 'x');
        text.replace(at, wanted.size(), wanted);
        text.resize(size);  // at the end the hit is cut
        Check(text);
      }
    }
  }
}

TEST_P(TextScans, WhatIsNearlyAHit) {
  for (size_t wrong = 0; wrong < kHit.size(); ++wrong) {
    for (size_t at = 0; at < 300; ++at) {
      std::string text(320, 'x');
      text.replace(at, kHit.size(), kHit);
      text[at + wrong] ^= 0x20;
      Check(text);
      Check(text + std::string(kHit));
    }
  }
}

TEST_P(TextScans, RandomTexts) {
  std::mt19937 random(4155);
  const std::string_view parts[] = {"\n", "\nF", "\nFrom", "\nFrom ", "From ",
                                    "F",  "x",   "\n\n",   "\nFrom:", "rom ",
                                    "-",  "\n-", "\n--",   "ab",      "aab"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const size_t kinds = 1 + random() % std::size(parts);
    for (size_t n = random() % 40; n > 0; --n) {
      text += parts[random() % kinds];
      text += std::string(random() % 4 == 0 ? random() % 200 : 0, 'y');
    }
    Check(text);
  }
}

TEST_P(TextScans, HitAfterHit) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += i % 3 == 0 ? "\nF" : i % 7 == 0 ? "\n\n" : "";
    text += kHit;
  }
  const char* const end = text.data() + text.size();
  size_t from = 0;
  for (const char* p = text.data(); p < end; ++p) {
    p = scan()(p, end, kHit);
    const size_t expected = text.find(kHit, from);
    ASSERT_EQ(static_cast<size_t>(p - text.data()),
              std::min(expected, text.size()));
    from = expected + 1;
  }
}

TEST(FindText, LooksAtItsRangeOnly) {
  const std::string text = "a\nFrom b\nFrom c";
  for (size_t begin = 0; begin <= text.size(); ++begin) {
    for (size_t end = begin; end <= text.size(); ++end) {
      const size_t in_range = text.substr(begin, end - begin).find(kHit);
      EXPECT_EQ(FindText(text, kHit, begin, end),
                in_range == text.npos ? text.npos : begin + in_range);
    }
  }
}

TEST(TextScanFamily, IsNamed) {
  const KernelFamily& family = kTextScans;
  EXPECT_EQ(family.name(), "scan");
}

}  // namespace
}  // namespace mailassay::mail
