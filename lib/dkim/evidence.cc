#include "lib/dkim/evidence.h"

#include <string_view>

namespace mailassay::dkim {

std::string KeyName(const Signature& signature) {
  // Unusable names are empty (signature.h) and must never be asked for.
  if (signature.domain.empty() || signature.selector.empty()) return {};
  // RFC 6376 3.6.2.1
  constexpr std::string_view kInfix = "._domainkey.";
  std::string name;
  name.reserve(signature.selector.size() + kInfix.size() +
               signature.domain.size());
  name.append(signature.selector).append(kInfix).append(signature.domain);
  return name;
}

}  // namespace mailassay::dkim
