// Every kernel this processor can run, against a plain model.
#include "lib/dkim/field_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <string_view>

#include "tests/dkim/field_model.h"
#include "tests/dkim/short_texts.h"

namespace mailassay::dkim {

static void PrintTo(const RelaxedValue& value, std::ostream* out) {
  *out << testing::PrintToString(value.text) << (value.after_wsp ? " +" : " -");
}

namespace {

// Input and output end where their memory ends.
RelaxedValue Relaxed(FieldKernel* kernel, const FieldPieces& pieces,
                     bool after_wsp) {
  constexpr size_t kMost = 8192;
  static const auto in_memory = std::make_unique<char[]>(kMost);
  static const auto out_memory = std::make_unique<char[]>(kMost);
  RelaxedValue value{"", after_wsp};
  for (const std::string_view piece : pieces) {
    EXPECT_LE(piece.size() + kFieldSlack, kMost);
    char* const in = in_memory.get() + (kMost - piece.size());
    std::copy(piece.begin(), piece.end(), in);
    char* const out = out_memory.get() + (kMost - piece.size() - kFieldSlack);
    char* const end = kernel(in, piece.size(), out, value.after_wsp);
    EXPECT_TRUE(end >= out && end <= out + piece.size());
    value.text.append(out, end);
  }
  return value;
}

class FieldKernels : public testing::TestWithParam<size_t> {
 protected:
  static FieldKernel* kernel() {
    return kFieldKernels.Supported()[GetParam()].run;
  }
  static void Check(const FieldPieces& pieces) {
    for (const bool after_wsp : {false, true}) {
      const RelaxedValue is = Relaxed(kernel(), pieces, after_wsp);
      const RelaxedValue should = ModelValue(pieces, after_wsp);
      if (is == should) continue;
      std::string shown;
      for (const std::string_view piece : pieces) {
        shown += testing::PrintToString(piece) + "|";
      }
      FAIL() << shown << (after_wsp ? " after SP\n" : "\n")
             << testing::PrintToString(is) << "\nshould be\n"
             << testing::PrintToString(should);
    }
  }
  static void CheckSplits(std::string_view text) {
    for (size_t at = 0; at <= text.size(); ++at) {
      Check({text.substr(0, at), text.substr(at)});
    }
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, FieldKernels,
    testing::Range(size_t{0}, kFieldKernels.Supported().size()),
    [](const auto& kernel) {
      return std::string(NameOf(kFieldKernels.Supported()[kernel.param].level));
    });

TEST_P(FieldKernels, AllShortTexts) {
  ForAllTextsUpTo(7, [](const std::string& text) { Check({text}); });
}

TEST_P(FieldKernels, AllShortTextsInTwo) {
  ForAllTextsUpTo(5, [](const std::string& text) { CheckSplits(text); });
}

// At every offset across the borders of blocks, and at the end of the last.
TEST_P(FieldKernels, AllShortTextsAcrossABlocksBorder) {
  constexpr size_t kSize = 5;
  for (const size_t border : {8, 32, 64, 128}) {
    for (size_t before = border - kSize; before <= border; ++before) {
      for (const size_t after : {0, 1, 80}) {
        ForAllTexts(kSize, [&](const std::string& middle) {
          Check({std::string(before, 'x') + middle + std::string(after, 'y')});
        });
      }
    }
  }
}

// Runs of white space and line ends longer than a block, that carry what stood
// before them to what stands behind.
TEST_P(FieldKernels, LongRuns) {
  for (const std::string_view unit : {" ", "\t", "\n", "\r", "\r\n", " \r\n"}) {
    for (const std::string_view before : {"", "x", " ", "\r"}) {
      for (size_t count = 0; count <= 140; ++count) {
        std::string text(before);
        for (size_t i = 0; i < count; ++i) text += unit;
        Check({text});
        Check({text + " x"});
        Check({text + "x  x"});
      }
    }
  }
}

TEST_P(FieldKernels, EverySizeOfText) {
  std::string text;
  for (size_t size = 0; size <= 300; ++size) {
    Check({text});
    text += static_cast<char>('a' + size % 26);
  }
}

std::string RandomText(std::mt19937& random, size_t size) {
  constexpr std::string_view kKinds[] = {
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n",
      "aaaaaaaaaaaaaa \r\n\t",
      "a \t\r\n",
      "\n",
      " ",
      " \n\n",
      "\r\n",
      std::string_view("\0\x80\xff\v\f\x1f!\"\x0c\n \r\t\xa0\x8d\x8a", 16)};
  std::string text;
  while (text.size() < size) {
    const std::string_view kind = kKinds[random() % std::size(kKinds)];
    const bool crlf = random() % 2 == 0;
    const bool folds = random() % 2 == 0;
    for (size_t n = random() % 100; n > 0; --n) {
      const char c = kind[random() % kind.size()];
      if (c == '\n' && crlf) text += '\r';
      text += c;
      if (c == '\n' && folds) text += '\t';
    }
  }
  return text;
}

TEST_P(FieldKernels, RandomTexts) {
  std::mt19937 random(6376);
  for (int round = 0; round < 10'000; ++round) {
    Check({RandomText(random, random() % 600)});
  }
}

TEST_P(FieldKernels, RandomTextsInTwo) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    CheckSplits(RandomText(random, random() % 200));
  }
}

TEST_P(FieldKernels, ReadsAndWritesNothingBefore) {
  std::mt19937 random(4);
  for (size_t size = 1; size <= 300; ++size) {
    std::string text = RandomText(random, size);
    text.resize(size);
    const auto in = std::make_unique<char[]>(size);
    const auto out = std::make_unique<char[]>(size + kFieldSlack);
    std::copy(text.begin(), text.end(), in.get());
    bool after_wsp = true;
    char* const end = kernel()(in.get(), size, out.get(), after_wsp);
    const RelaxedValue value{std::string(out.get(), end), after_wsp};
    ASSERT_EQ(value, ModelValue({text}, true)) << testing::PrintToString(text);
  }
}

// Each octet beside each that matters, at the edge of a block and elsewhere.
TEST_P(FieldKernels, EveryOctet) {
  for (int c = 0; c < 256; ++c) {
    const std::string octet(1, static_cast<char>(c));
    for (const std::string_view neighbour : {" ", "\t", "\r", "\n", "\r\n"}) {
      for (const size_t before : {0, 5, 30, 31, 62, 63}) {
        std::string text(before, 'x');
        text += octet;
        text += neighbour;
        text += octet + octet;
        text += neighbour;
        Check({text});
        Check({text + std::string(100, 'y')});
      }
    }
  }
}

TEST(FieldKernelFamily, IsNamed) {
  const KernelFamily& family = kFieldKernels;
  EXPECT_EQ(family.name(), "field");
}

}  // namespace
}  // namespace mailassay::dkim
