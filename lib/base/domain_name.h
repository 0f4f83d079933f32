// Domain names and selectors as DKIM takes them from untrusted text.  A name
// that comes out of here is a DNS name in lower-case A-labels, safe to ask for
// and to compare; anything else carries its defect and must never be queried.
#pragma once

#include <string>
#include <string_view>

namespace mailassay {

enum class NameDefect { kNone, kSyntax, kLength };

struct DomainName {
  NameDefect defect = NameDefect::kNone;
  std::string ascii;     // lower case, A-labels; empty with a defect
  bool u_label = false;  // the text held a U-label (RFC 8616)
};

// A d= or author domain: LDH labels (RFC 6376 3.5 "domain-name", RFC 5321
// 4.1.2 sub-domain), or U-labels that IDNA2008 accepts (RFC 8616) as they
// stand: nothing but A-Z is mapped, so no full-width dot becomes a dot.
// Underscore is accepted inside a label as DNS has it; leading or trailing
// hyphens, empty labels and a trailing dot are not.  Label over 63 or name over
// 253: kLength.
DomainName ParseDomain(std::string_view text);

// An s= selector: sub-domains joined by dots, underscore allowed (RFC
// 6376 3.1).
DomainName ParseSelector(std::string_view text);

// True when `name` is `parent` or ends in "." + parent.  Both as ParseDomain
// returns them.
bool IsSameOrBelow(std::string_view name, std::string_view parent);

}  // namespace mailassay
