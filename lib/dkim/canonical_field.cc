#include "lib/dkim/canonical_field.h"

#include <cassert>
#include <string_view>

#include "lib/base/ascii.h"

namespace mailassay::dkim {
namespace {

// Writes a field's value under relaxed: unfolded, runs of white space as one
// SP, none at its start and end (RFC 6376 3.4.2).  REQUIRES: room for all
// octets appended.  No octet decides a branch, for where words end is what a
// processor can't predict.
class RelaxedValue {
 public:
  explicit RelaxedValue(char* out) : out_(out), begin_(out) {}

  void Append(std::string_view text) {
    char* out = out_;
    bool after_wsp = after_wsp_;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const char next = i + 1 < text.size() ? text[i + 1] : '\0';
      const bool line_end = (c == '\n') | ((c == '\r') & (next == '\n'));
      const bool wsp = IsWsp(c);
      *out = wsp ? ' ' : c;
      out += !(line_end | (wsp & after_wsp));
      after_wsp = wsp | (line_end & after_wsp);
    }
    out_ = out;
    after_wsp_ = after_wsp;
  }

  // Where the value ends.
  char* Finish() const { return out_ > begin_ && after_wsp_ ? out_ - 1 : out_; }

 private:
  char* out_;
  char* const begin_;
  bool after_wsp_ = true;
};

void AppendRelaxed(const mail::HeaderField& field, size_t b_begin,
                   size_t b_size, std::string& out) {
  const std::string_view raw = field.raw;
  const bool named = field.name_size > 0;
  const size_t value_begin = named ? field.value_begin : 0;
  const size_t start = out.size();
  out.resize(start + raw.size() + 1);
  char* at = out.data() + start;
  if (named) {
    for (const char c : field.name()) *at++ = ToLower(c);
    *at++ = ':';
  }
  RelaxedValue value(at);
  if (b_size > 0) {
    assert(b_begin >= value_begin);
    value.Append(raw.substr(value_begin, b_begin - value_begin));
    value.Append(raw.substr(b_begin + b_size));
  } else {
    value.Append(raw.substr(value_begin));
  }
  out.resize(static_cast<size_t>(value.Finish() - out.data()));
}

// Under simple a field stays as it is; only what ends its lines is made CRLF.
void AppendSimple(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const size_t lf = text.find('\n');
    if (lf == std::string_view::npos) break;
    out.append(text.substr(0, lf));
    if (!(lf > 0 && text[lf - 1] == '\r')) out.push_back('\r');
    out.push_back('\n');
    text.remove_prefix(lf + 1);
  }
  out.append(text);
}

}  // namespace

void AppendCanonicalField(Canonicalization algorithm,
                          const mail::HeaderField& field, size_t b_begin,
                          size_t b_size, std::string& out) {
  const std::string_view raw = field.raw;
  assert(b_begin <= raw.size() && b_size <= raw.size() - b_begin);
  if (algorithm == Canonicalization::kRelaxed) {
    AppendRelaxed(field, b_begin, b_size, out);
  } else if (b_size > 0) {
    AppendSimple(raw.substr(0, b_begin), out);
    AppendSimple(raw.substr(b_begin + b_size), out);
  } else {
    AppendSimple(raw, out);
  }
  out.append("\r\n");
}

}  // namespace mailassay::dkim
