// The kernels of family "scan" and FindText.  Properties:
// - every kernel finds "From " where std::string_view::find does, from the
//   start of its memory, from any octet, and up to any octet;
// - a hit has to lie wholly before the end.
#include "lib/mail/text_scan.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::mail {
namespace {

constexpr std::string_view kWanted = "From ";

size_t Model(std::string_view text) {
  return std::min(text.find(kWanted), text.size());
}

// `begin`: where the second scan begins, whatever its alignment.
void CheckKernels(const ExactCopy& in, size_t begin) {
  static const auto kernels = kTextScans.Supported();
  const std::string_view rest = in.text().substr(begin);
  for (const auto& kernel : kernels) {
    const char* const hit = kernel.run(in.begin(), in.end(), kWanted);
    FUZZ_CHECK(hit == in.begin() + Model(in.text()));
    const char* const next = kernel.run(rest.data(), in.end(), kWanted);
    FUZZ_CHECK(next == rest.data() + Model(rest));
  }
}

// Every hit of a text, one behind the other, as a splitter finds them.
void CheckAllHits(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t hit = FindText(text, kWanted, at, text.size());
    FUZZ_CHECK(hit == text.find(kWanted, at));
    if (hit == text.npos) return;
    at = hit + 1;
  }
}

void Check(std::string_view text, size_t a, size_t b) {
  const size_t begin = a % (text.size() + 1);
  const size_t end = begin + b % (text.size() - begin + 1);
  CheckKernels(ExactCopy(text), begin);
  CheckKernels(ExactCopy(text.substr(0, end)), begin);
  CheckAllHits(text);
  const size_t hit = FindText(text, kWanted, begin, end);
  FUZZ_CHECK(hit == text.substr(0, end).find(kWanted, begin));
}

}  // namespace
}  // namespace mailassay::mail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string kLong(61, 'x');
  static const std::string_view kPieces[] = {
      "\n", "F", "r",     "o",      "m",       " ",   "x",  "From ", "\nFrom",
      "\r", ">", "\nFro", "From\n", "\nfrom ", kLong, "nF", "\n\n",  "\nFrom "};
  mailassay::Choices choices(mailassay::AsText(data, size));
  const size_t a = choices.Below(65536);
  const size_t b = choices.Below(65536);
  mailassay::mail::Check(choices.rest(), a, b);
  mailassay::mail::Check(mailassay::IntoPieces(choices.rest(), kPieces, 4096),
                         a, b);
  return 0;
}
