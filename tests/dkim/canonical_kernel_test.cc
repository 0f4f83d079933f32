// Every kernel this processor can run, against the plain models.
#include "lib/dkim/canonical_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "tests/dkim/body_model.h"
#include "tests/dkim/short_texts.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::dkim {
namespace {

constexpr KernelForm kForms[] = {KernelForm::kRelaxedCrlf,
                                 KernelForm::kRelaxedLf, KernelForm::kSimpleLf};

// All lines of `text` in canonical form, empty ones at the end included.
std::string Model(KernelForm form, std::string_view text) {
  const std::string crlf =
      form == KernelForm::kRelaxedCrlf ? std::string(text) : WithCrlf(text);
  std::string out;
  for (std::string line : reference::Lines(crlf)) {
    if (form != KernelForm::kSimpleLf) {
      line = reference::ReduceWsp(line);
      if (line.ends_with(' ')) line.pop_back();
    }
    out += line + "\r\n";
  }
  return out;
}

// Takes all of `text` in runs with room for `room` octets each; nullopt where a
// kernel breaks its promises.  Input and output end where their memory ends.
std::optional<std::string> Canonical(CanonicalKernel* kernel, KernelForm form,
                                     std::string_view text, size_t room) {
  const auto in = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), in.get());
  const auto buffer = std::make_unique<char[]>(room + kKernelSlack);
  const char* const in_end = in.get() + text.size();
  const char* p = in.get();
  std::string out;
  while (true) {
    KernelRun run{.in = p,
                  .in_end = in_end,
                  .out = buffer.get(),
                  .out_end = buffer.get() + room};
    kernel(form, run);
    out.append(buffer.get(), run.out);
    const bool at_end = run.in == in_end;
    const bool at_last_cr = run.in == in_end - 1 && *run.in == '\r';
    if (at_end || at_last_cr) {
      if (run.held_wsp) out += ' ';
      return out + "Z";
    }
    const bool within_crlf = run.in[-1] == '\r' && *run.in == '\n';
    if (run.in == p || within_crlf || run.out_end - run.out > 1 ||
        run.held_wsp) {
      return std::nullopt;
    }
    p = run.in;
  }
}

// What Canonical should answer: with the Z that it adds, what was held back
// is decided.
std::string Expected(KernelForm form, std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::string out = Model(form, std::string(text) + "Z");
  out.resize(out.size() - 2);  // the CRLF behind Z
  return out;
}

class CanonicalKernels : public testing::TestWithParam<size_t> {
 protected:
  static CanonicalKernel* kernel() {
    return kCanonicalKernels.Supported()[GetParam()].run;
  }
  static void Check(std::string_view text, size_t room) {
    for (const KernelForm form : kForms) {
      ASSERT_EQ(Canonical(kernel(), form, text, room), Expected(form, text))
          << testing::PrintToString(text) << "\nform " << static_cast<int>(form)
          << ", room " << room;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, CanonicalKernels,
    testing::Range(size_t{0}, kCanonicalKernels.Supported().size()),
    [](const auto& kernel) {
      return std::string(
          NameOf(kCanonicalKernels.Supported()[kernel.param].level));
    });

TEST_P(CanonicalKernels, AllShortTexts) {
  ForAllTextsUpTo(6, [](const std::string& text) { Check(text, 4096); });
}

// All short texts across each octet of a block, and behind the last of it.
TEST_P(CanonicalKernels, AllShortTextsAcrossABlocksEdges) {
  ForAllTexts(4, [](const std::string& middle) {
    for (const size_t before : {30, 31, 60, 61, 62, 63, 64, 125, 126, 127}) {
      for (const size_t after : {0, 140}) {
        Check(std::string(before, 'x') + middle + std::string(after, 'y'),
              4096);
      }
    }
  });
}

TEST_P(CanonicalKernels, AllShorterTextsAtEveryOffset) {
  ForAllTexts(3, [](const std::string& middle) {
    for (size_t before = 0; before < 70; ++before) {
      Check(std::string(before, 'x') + middle, 4096);
      Check(std::string(before, 'x') + middle + std::string(200, 'y'), 4096);
    }
  });
}

// Room of any size, and all that matters where the room ends.
TEST_P(CanonicalKernels, StopsForWantOfRoom) {
  ForAllTexts(3, [](const std::string& middle) {
    for (const size_t before : {62, 63, 64, 126, 127, 128}) {
      for (const size_t room : {1, 63, 64, 65, 128, 150}) {
        Check(std::string(before, 'x') + middle + std::string(150, 'y'), room);
      }
    }
  });
}

TEST_P(CanonicalKernels, RandomTexts) {
  std::mt19937 random(6376);
  const std::string_view kinds[] = {
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  \n",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaa \r\n\t",
      "a \t\r\n",
      "\n",
      " ",
      " \n",
      "\r\n",
      std::string_view("\0\x80\xff\v\f\x1f!\"\x0b\x0c\n \r\t", 14)};
  for (int round = 0; round < 6'000; ++round) {
    std::string text;
    const size_t size = random() % 400;
    while (text.size() < size) {
      const std::string_view kind = kinds[random() % std::size(kinds)];
      const bool crlf = random() % 2 == 0;
      for (size_t n = random() % 100; n > 0; --n) {
        const char c = kind[random() % kind.size()];
        if (c == '\n' && crlf) text += '\r';
        text += c;
      }
    }
    Check(text, random() % 2 == 0 ? 4096 : 1 + random() % 200);
  }
}

// Each octet beside each that matters, at the edge of a block and elsewhere.
TEST_P(CanonicalKernels, EveryOctet) {
  for (int c = 0; c < 256; ++c) {
    const std::string octet(1, static_cast<char>(c));
    for (const std::string_view neighbour : {" ", "\t", "\r", "\n", "\r\n"}) {
      for (const size_t before : {5, 62, 63}) {
        std::string text(before, 'x');
        text += octet;
        text += neighbour;
        text += octet + octet;
        text += neighbour;
        Check(text + std::string(150, 'y'), 4096);
        Check(text, 4096);
      }
    }
  }
}

TEST(CanonicalKernelFamily, IsNamed) {
  const KernelFamily& family = kCanonicalKernels;
  EXPECT_EQ(family.name(), "body");
}

}  // namespace
}  // namespace mailassay::dkim
