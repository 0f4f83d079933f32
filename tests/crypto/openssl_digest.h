// SHA-256 by OpenSSL's EVP interface, and texts, for the tests of our own.
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

#include "lib/base/digest.h"
#include "tests/reference/random.h"

namespace mailassay::crypto {

inline Digest OpenSslSha256(std::string_view text) {
  Digest digest;
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.bytes.data(), &size, EVP_sha256(),
             nullptr);
  digest.size = static_cast<uint8_t>(size);
  return digest;
}

inline std::string RandomText(reference::Random& random, size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random.Next());
  return text;
}

}  // namespace mailassay::crypto
