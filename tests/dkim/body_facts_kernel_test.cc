// Every kernel this processor can run, against a plain scan.
#include "lib/dkim/body_facts_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <string_view>

namespace mailassay::dkim {

static void PrintTo(const SeenOctets& seen, std::ostream* out) {
  *out << "nul " << seen.nul << " 8bit " << seen.eight_bit << " crlf "
       << seen.crlf << " cr " << seen.bare_cr << " lf " << seen.bare_lf
       << " quote " << seen.quote_line << " quote f " << seen.quote_f
       << " dash " << seen.dash_line;
}

namespace {

SeenOctets Model(std::string_view text, char before) {
  SeenOctets seen;
  for (const char c : text) {
    const bool after_cr = before == '\r';
    if (c == '\0') seen.nul = true;
    if (c < 0) seen.eight_bit = true;
    if (after_cr && c == '\n') seen.crlf = true;
    if (after_cr && c != '\n') seen.bare_cr = true;
    if (!after_cr && c == '\n') seen.bare_lf = true;
    if (before == '\n' && c == '>') seen.quote_line = true;
    if (before == '>' && c == 'F') seen.quote_f = true;
    if (before == '\n' && c == '-') seen.dash_line = true;
    before = c;
  }
  return seen;
}

class BodyFactsKernels : public testing::TestWithParam<size_t> {
 protected:
  // The octets end, and begin, where their memory does.
  static void Check(std::string_view text, char before) {
    const auto in = std::make_unique<char[]>(text.size());
    std::copy(text.begin(), text.end(), in.get());
    SeenOctets seen;
    kFactsKernels.Supported()[GetParam()].run(in.get(), text.size(), before,
                                              seen);
    ASSERT_EQ(seen, Model(text, before))
        << testing::PrintToString(text) << " after " << int{before};
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, BodyFactsKernels,
    testing::Range(size_t{0}, kFactsKernels.Supported().size()),
    [](const auto& kernel) {
      return std::string(NameOf(kFactsKernels.Supported()[kernel.param].level));
    });

TEST_P(BodyFactsKernels, OnePairAtEveryPlaceOfEverySize) {
  const char octets[] = {'x', '\r', '\n',   '>',    'F',
                         '-', '\0', '\x80', '\x7f', '\xff'};
  for (const char first : octets) {
    for (const char second : octets) {
      for (const size_t size : {2, 3, 31, 32, 33, 34, 63, 64, 65, 66, 96, 97,
                                127, 128, 129, 130, 193, 258}) {
        for (size_t at = 0; at + 1 < size; ++at) {
          std::string text(size, 'x');
          text[at] = first;
          text[at + 1] = second;
          Check(text, 'x');
        }
      }
    }
  }
}

TEST_P(BodyFactsKernels, TheOctetBefore) {
  for (const char before : {'x', '\r', '\n', '>'}) {
    for (const char first : {'x', '\r', '\n', '>', 'F', '-'}) {
      for (size_t size = 0; size < 200; ++size) {
        std::string text(size, 'x');
        if (size > 0) text[0] = first;
        Check(text, before);
      }
    }
  }
}

TEST_P(BodyFactsKernels, RandomTexts) {
  std::mt19937 random(5322);
  for (int round = 0; round < 50'000; ++round) {
    const std::string_view alphabet =
        std::string_view("a>F\n-\r\0\x80", 8).substr(0, 1 + random() % 8);
    const size_t density = 1 + random() % 100;
    std::string text;
    for (size_t n = random() % 300; n > 0; --n) {
      text +=
          random() % density == 0 ? alphabet[random() % alphabet.size()] : 'x';
    }
    Check(text, random() % 2 == 0 ? '\r' : 'x');
  }
}

// Facts are added to those already known.
TEST_P(BodyFactsKernels, ForgetNothing) {
  const SeenOctets all{true, true, true, true, true, true, true, true};
  for (const size_t size : {0, 1, 40, 100, 300}) {
    const std::string text(size, 'x');
    SeenOctets seen = all;
    kFactsKernels.Supported()[GetParam()].run(text.data(), size, 'x', seen);
    EXPECT_EQ(seen, all) << size;
  }
}

TEST(BodyFactsKernelFamily, IsNamed) {
  const KernelFamily& family = kFactsKernels;
  EXPECT_EQ(family.name(), "facts");
}

}  // namespace
}  // namespace mailassay::dkim
