// The kernels of family "facts" and BodyFacts.  Properties:
// - every kernel sees what a plain scan sees, whatever octet stands before, and
//   only adds to what was seen;
// - a body cut in any way has the same facts as a whole.
#include "lib/dkim/body_facts.h"
#include "lib/dkim/body_facts_kernel.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::dkim {
namespace {

void AddByModel(std::string_view text, char before, SeenOctets& seen) {
  for (const char c : text) {
    const bool after_cr = before == '\r';
    seen.nul |= c == '\0';
    seen.eight_bit |= static_cast<unsigned char>(c) >= 0x80;
    seen.crlf |= after_cr && c == '\n';
    seen.bare_cr |= after_cr && c != '\n';
    seen.bare_lf |= !after_cr && c == '\n';
    seen.quote_line |= before == '\n' && c == '>';
    seen.quote_f |= before == '>' && c == 'F';
    seen.dash_line |= before == '\n' && c == '-';
    before = c;
  }
}

void CheckKernels(std::string_view text, char before, const SeenOctets& first) {
  static const auto kernels = kFactsKernels.Supported();
  SeenOctets expected = first;
  AddByModel(text, before, expected);
  const ExactCopy in(text);
  for (const auto& kernel : kernels) {
    SeenOctets seen = first;
    kernel.run(in.begin(), text.size(), before, seen);
    FUZZ_CHECK(seen == expected);
  }
}

void CheckCuts(std::string_view text, std::string_view cuts) {
  BodyFacts whole, cut;
  whole.Add(text);
  for (const std::string_view piece : Cut(text, cuts)) {
    cut.Add(ExactCopy(piece).text());
  }
  FUZZ_CHECK(whole.line_ends() == cut.line_ends());
  FUZZ_CHECK(whole.saw_bare_cr() == cut.saw_bare_cr());
  FUZZ_CHECK(whole.saw_8bit() == cut.saw_8bit());
  FUZZ_CHECK(whole.saw_nul() == cut.saw_nul());
}

void Check(std::string_view text, char before, const SeenOctets& first,
           std::string_view cuts) {
  CheckKernels(text, before, first);
  char last = before;
  for (const std::string_view piece : Cut(text, cuts)) {
    CheckKernels(piece, last, {});
    if (!piece.empty()) last = piece.back();
  }
  CheckCuts(text, cuts);
}

SeenOctets Chosen(uint8_t bits) {
  return {.nul = (bits & 1) != 0,
          .eight_bit = (bits & 2) != 0,
          .crlf = (bits & 4) != 0,
          .bare_cr = (bits & 8) != 0,
          .bare_lf = (bits & 16) != 0,
          .quote_line = (bits & 32) != 0,
          .quote_f = (bits & 64) != 0,
          .dash_line = (bits & 128) != 0};
}

}  // namespace
}  // namespace mailassay::dkim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mailassay;
  static const std::string kLong(61, 'x');
  static const std::string_view kPieces[] = {
      "x",  "\r",  "\n",   "\r\n",   ">",    "F",    "\n>",
      ">F", kLong, "\x7F", "\x80",   "\xFF", " ",    std::string_view("\0", 1),
      "E",  "=",   "\x0C", "\r\n\r", "\x0B", "\x0E", "-",
      "\n-"};
  Choices choices(AsText(data, size));
  const auto before = static_cast<char>(choices.Octet());
  const dkim::SeenOctets first = dkim::Chosen(choices.Octet());
  const std::string_view cuts = choices.Take();
  dkim::Check(choices.rest(), before, first, cuts);
  dkim::Check(IntoPieces(choices.rest(), kPieces, 4096), before, {}, cuts);
  return 0;
}
