// What the octets of a body are, whoever signed it: line ends, NUL, 8-bit, and
// whether a line may be quoted mbox style.  One pass at the speed of memory.
//
// A plain value, fed with any split of the body.
#pragma once

#include <string_view>

#include "lib/mail/header.h"

namespace mailassay::dkim {

class BodyFacts {
 public:
  // What the piece just added has, beside the facts of the whole.
  struct Piece {
    bool bare_lf = false;     // LF behind another octet than CR
    bool quote_line = false;  // "\n>" within the piece
    bool quote_f = false;     // ">F" within it, or ">" at its end
    bool dash_line = false;   // "\n-" within the piece
  };
  Piece Add(std::string_view bytes);

  // A CR at the end of all counts as bare: no LF has followed it.
  bool saw_bare_cr() const { return bare_cr_ || last_is_cr_; }
  bool saw_nul() const { return nul_; }
  bool saw_8bit() const { return eight_bit_; }
  mail::LineEnds line_ends() const;

 private:
  bool bare_cr_ = false;
  bool nul_ = false;
  bool eight_bit_ = false;
  bool crlf_ = false;
  bool bare_lf_ = false;
  bool last_is_cr_ = false;
};

}  // namespace mailassay::dkim
