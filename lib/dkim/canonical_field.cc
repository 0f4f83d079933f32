#include "lib/dkim/canonical_field.h"

#include <cassert>
#include <cstring>
#include <string_view>

#include "lib/base/ascii.h"
#include "lib/dkim/field_kernel.h"
#include "lib/mail/field_name.h"

namespace mailassay::dkim {
namespace {

// Writes the name under relaxed; returns where it ends.
char* WriteLowerCase(const mail::HeaderField& field, char* out) {
  const std::string_view known = mail::LowerCase(field.known);
  if (!known.empty()) {
    assert(known.size() == field.name_size);
    std::memcpy(out, known.data(), known.size());
    return out + known.size();
  }
  for (const char c : field.name()) *out++ = ToLower(c);
  return out;
}

// RFC 6376 3.4.2: unfolded, runs of white space as one SP, none at the value's
// start and end.
void AppendRelaxed(const mail::HeaderField& field, size_t b_begin,
                   size_t b_size, std::string& out) {
  const std::string_view raw = field.raw;
  const bool named = field.name_size > 0;
  const size_t value_begin = named ? field.value_begin : 0;
  assert(b_size == 0 || b_begin >= value_begin);
  const size_t start = out.size();
  out.resize(start + raw.size() + 1 + kFieldSlack);
  char* at = out.data() + start;
  if (named) {
    at = WriteLowerCase(field, at);
    *at++ = ':';
  }
  const char* const value = at;
  bool after_wsp = true;
  const auto append = [&](std::string_view text) {
    at = kFieldKernels.run()(text.data(), text.size(), at, after_wsp);
  };
  if (b_size > 0) {
    append(raw.substr(value_begin, b_begin - value_begin));
    append(raw.substr(b_begin + b_size));
  } else {
    append(raw.substr(value_begin));
  }
  if (at > value && after_wsp) --at;
  out.resize(static_cast<size_t>(at - out.data()));
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
