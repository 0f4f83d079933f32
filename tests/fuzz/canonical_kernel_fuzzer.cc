// The kernels of family "body".  Properties:
// - every kernel, in runs with any room for output, gives the octets that the
//   portable one gives in one run, and ends where that one ends;
// - a run stops for no other reason than those its header names, and makes
//   progress; it holds white space back at the end only.
#include "lib/dkim/canonical_kernel.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::dkim {
namespace {

constexpr KernelForm kForms[] = {KernelForm::kRelaxedCrlf,
                                 KernelForm::kRelaxedLf, KernelForm::kSimpleLf};

struct Canonical {
  std::string text;
  size_t read = 0;
  bool held_wsp = false;
  friend bool operator==(const Canonical&, const Canonical&) = default;
};

bool IsAtEnd(const KernelRun& run) {
  return run.in == run.in_end || (run.in + 1 == run.in_end && *run.in == '\r');
}

// The memory ends behind the slack.
Canonical Run(CanonicalKernel* kernel, KernelForm form, const ExactCopy& in,
              size_t room) {
  Canonical result;
  const char* p = in.begin();
  const auto out = std::make_unique_for_overwrite<char[]>(room + kKernelSlack);
  while (true) {
    KernelRun run{.in = p,
                  .in_end = in.end(),
                  .out = out.get(),
                  .out_end = out.get() + room};
    kernel(form, run);
    FUZZ_CHECK(run.in >= p && run.in <= run.in_end && run.out >= out.get());
    FUZZ_CHECK(run.out <= out.get() + room + kKernelSlack);
    result.text.append(out.get(), run.out);
    result.read = static_cast<size_t>(run.in - in.begin());
    result.held_wsp = run.held_wsp;
    if (IsAtEnd(run)) return result;
    FUZZ_CHECK(run.in > p && !run.held_wsp && run.out_end - run.out <= 1);
    FUZZ_CHECK(run.in[-1] != '\r' || *run.in != '\n');
    p = run.in;
  }
}

void Check(std::string_view text, size_t room) {
  static const auto kernels = kCanonicalKernels.Supported();
  const ExactCopy in(text);
  for (const KernelForm form : kForms) {
    const Canonical expected =
        Run(RunCanonicalPortable, form, in, 2 * text.size() + 2);
    for (const auto& kernel : kernels) {
      FUZZ_CHECK(Run(kernel.run, form, in, 2 * text.size() + 2) == expected);
      FUZZ_CHECK(Run(kernel.run, form, in, room) == expected);
    }
  }
}

}  // namespace
}  // namespace mailassay::dkim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string kLong(61, 'x');
  static const std::string kBlank(61, ' ');
  static const std::string kLines(40, '\n');
  static const std::string_view kPieces[] = {
      "a",    " ",    "\t",   "\r",    "\n",  "\r\n",   " \r\n",   " \n",
      "\t\r", kLong,  kBlank, kLines,  "ab ", "\r\r\n", "\x80",    "\x0B",
      "\x0C", "\x08", "  ",   " a \n", "!",   "\x0E",   "\r\n\r\n"};
  mailassay::Choices choices(mailassay::AsText(data, size));
  const size_t room = 1 + choices.Below(600);
  mailassay::dkim::Check(choices.rest(), room);
  mailassay::dkim::Check(mailassay::IntoPieces(choices.rest(), kPieces, 4096),
                         room);
  return 0;
}
