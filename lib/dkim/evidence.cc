#include "lib/dkim/evidence.h"

namespace mailassay::dkim {

std::string KeyName(const Signature& signature) {
  // Unusable names are empty (signature.h) and must never be asked for.
  if (signature.domain.empty() || signature.selector.empty()) return {};
  // RFC 6376 3.6.2.1
  return signature.selector + "._domainkey." + signature.domain;
}

}  // namespace mailassay::dkim
