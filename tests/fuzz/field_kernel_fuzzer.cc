// The kernels of family "field".  Properties:
// - every kernel gives what the plain model of RFC 6376 3.4.2 gives, for a
//   value in one piece and in any pieces, at a value's start and within it;
// - it writes no more than it read, and nothing behind the slack.
#include "lib/dkim/field_kernel.h"
#include "tests/dkim/field_model.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::dkim {
namespace {

RelaxedValue Relaxed(FieldKernel* kernel, const FieldPieces& pieces,
                     bool after_wsp) {
  RelaxedValue value{"", after_wsp};
  for (const std::string_view piece : pieces) {
    const ExactCopy in(piece);
    const auto out =
        std::make_unique_for_overwrite<char[]>(piece.size() + kFieldSlack);
    char* const end =
        kernel(in.begin(), piece.size(), out.get(), value.after_wsp);
    FUZZ_CHECK(end >= out.get() && end <= out.get() + piece.size());
    value.text.append(out.get(), end);
  }
  return value;
}

void Check(const FieldPieces& pieces) {
  static const auto kernels = kFieldKernels.Supported();
  for (const bool after_wsp : {false, true}) {
    const RelaxedValue expected = ModelValue(pieces, after_wsp);
    for (const auto& kernel : kernels) {
      FUZZ_CHECK(Relaxed(kernel.run, pieces, after_wsp) == expected);
    }
  }
}

}  // namespace
}  // namespace mailassay::dkim

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string kLong(61, 'x');
  static const std::string kBlank(61, ' ');
  static const std::string_view kPieces[] = {
      "a",    " ",    "\t",     "\r",       "\n",   "\r\n", "\r\n ",
      "\n\t", kLong,  kBlank,   "  ",       "a b ", "\x80", "\x0B",
      "\x0C", "\x08", " \r\n ", "abcdefgh", "\x1F", "!"};
  mailassay::Choices choices(mailassay::AsText(data, size));
  const std::string_view cuts = choices.Take();
  const std::string plain(choices.rest());
  for (const std::string& text :
       {plain, mailassay::IntoPieces(plain, kPieces, 4096)}) {
    mailassay::dkim::Check({text});
    mailassay::dkim::Check(mailassay::Cut(text, cuts));
  }
  return 0;
}
