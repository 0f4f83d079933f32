// OpenSSL's compression of SHA-256, with the processor's SHA instructions where
// it has them.  The low-level interface is deprecated since OpenSSL 3.0 in
// favour of EVP, which hides the state; but a state that goes into a lane and
// comes back must be seen.  Only this file knows of it.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>

#include <algorithm>

#include "lib/crypto/sha256.h"

namespace mailassay::crypto {

void CompressSha256(Sha256::State& state, const uint8_t* in, size_t blocks) {
  SHA256_CTX context;
  std::copy(state.begin(), state.end(), context.h);
  context.Nl = context.Nh = 0;  // of the length, which the caller counts
  context.num = 0;              // octets held back
  context.md_len = SHA256_DIGEST_LENGTH;
  SHA256_Update(&context, in, blocks * Sha256::kBlock);
  std::copy_n(context.h, state.size(), state.begin());
}

}  // namespace mailassay::crypto
