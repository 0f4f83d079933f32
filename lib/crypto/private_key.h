// A private key that somebody has published: which public key it belongs to.
// Pure; any octets are safe to give.
#pragma once

#include <memory>
#include <string_view>

#include "lib/crypto/public_key.h"

namespace mailassay::crypto {

// The first private key of a PEM file (PKCS#8 or PKCS#1; RSA or Ed25519), or
// the whole of one in DER.  `key` is null for what is none, is encrypted, or
// whose public key could not be used (then `defect` says why).
PublicKey::Parsed PublicKeyOfPrivate(std::string_view text);

}  // namespace mailassay::crypto
