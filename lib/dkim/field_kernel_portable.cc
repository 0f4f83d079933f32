// Eight octets at a time, as one number, as long as they stay as they are: none
// of them a control character, and no SP beside another.  That is so in most
// of a header, and a few operations on the whole number tell.  Other words are
// taken octet by octet, where no octet decides a branch: where words end is
// what a processor can't predict.

#include <cstdint>
#include <cstring>

#include "lib/base/octet_word.h"
#include "lib/dkim/field_kernel_data.h"

namespace mailassay::dkim {
namespace {

// Whether the eight octets at `p` stay as they are after one that is not white
// space.  Reads the octet behind them too.
inline bool IsPlain(const char* p) {
  const uint64_t octets = LoadWord(p);
  const uint64_t next = LoadWord(p + 1);
  const uint64_t not_control = NotZero(octets & (0xe0 * kOnes));
  const uint64_t not_two_sp =
      NotZero((octets ^ (' ' * kOnes)) | (next ^ (' ' * kOnes)));
  return (not_control & not_two_sp & kHigh) == kHigh;
}

inline char* Take(char c, char next, char* out, bool& after_wsp) {
  const bool line_end = (c == '\n') | ((c == '\r') & (next == '\n'));
  const bool wsp = (c == ' ') | (c == '\t');
  *out = wsp ? ' ' : c;
  out += !(line_end | (wsp & after_wsp));
  after_wsp = wsp | (line_end & after_wsp);
  return out;
}

}  // namespace

char* RelaxFieldPortable(const char* in, size_t size, char* out,
                         bool& after_wsp_state) {
  if (size == 0) return out;
  bool after_wsp = after_wsp_state;
  const char* const last = in + (size - 1);
  while (static_cast<size_t>(last - in) >= kWord) {
    if (IsPlain(in) && !(after_wsp && *in == ' ')) {
      std::memcpy(out, in, kWord);
      out += kWord;
      in += kWord;
      after_wsp = in[-1] == ' ';
    } else {
      for (const char* const end = in + kWord; in < end; ++in) {
        out = Take(in[0], in[1], out, after_wsp);
      }
    }
  }
  for (; in < last; ++in) out = Take(in[0], in[1], out, after_wsp);
  out = Take(*last, '\0', out, after_wsp);
  after_wsp_state = after_wsp;
  return out;
}

}  // namespace mailassay::dkim
