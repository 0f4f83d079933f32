#include "lib/dkim/body_facts.h"

#include "lib/dkim/body_facts_kernel.h"

namespace mailassay::dkim {

BodyFacts::Piece BodyFacts::Add(std::string_view bytes) {
  if (bytes.empty()) return {};
  SeenOctets seen;
  kFactsKernels.run()(bytes.data(), bytes.size(), last_is_cr_ ? '\r' : 'x',
                      seen);
  last_is_cr_ = bytes.back() == '\r';
  bare_cr_ |= seen.bare_cr;
  nul_ |= seen.nul;
  eight_bit_ |= seen.eight_bit;
  crlf_ |= seen.crlf;
  bare_lf_ |= seen.bare_lf;
  return {.bare_lf = seen.bare_lf,
          .quote_line = seen.quote_line,
          .quote_f = seen.quote_f || bytes.ends_with('>'),
          .dash_line = seen.dash_line};
}

mail::LineEnds BodyFacts::line_ends() const {
  if (crlf_ && bare_lf_) return mail::LineEnds::kMixed;
  if (crlf_) return mail::LineEnds::kCrlf;
  return bare_lf_ ? mail::LineEnds::kLf : mail::LineEnds::kNone;
}

}  // namespace mailassay::dkim
