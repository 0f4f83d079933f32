// Many signatures at once: Verify's outcomes, RSA eight at a time.
//
// A block from a kernel can only prove a pass: it is the whole expected
// encoding, which nothing but s^e mod n could have produced.  Whatever does not
// match is asked of Verify, whose answer counts: no kernel can fail a
// signature.
#pragma once

#include <cstdint>
#include <span>

#include "lib/base/digest.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/rsa_kernels.h"
#include "lib/crypto/verify.h"

namespace mailassay::crypto {

// One signature to verify, as for Verify.  Key and signature must stay while
// the batch runs.
struct Check {
  const PublicKey* key = nullptr;
  HashAlgorithm hash = HashAlgorithm::kSha256;
  Digest digest = {};
  std::span<const uint8_t> signature = {};
  Outcome outcome = Outcome::kEnvironment;  // written
};

// Writes all outcomes.  Checks of one lane width (RSA up to 1038, 2078 and 4158
// bits, e = 65537) share a kernel's lanes, whatever their order; eight cost the
// kernel as much as two, so large batches are cheaper.  Does not allocate.
// Pure; any number of threads, each with its own checks.
void VerifyBatch(std::span<Check> checks,
                 RaiseLanes* raise = RsaKernels().run(),
                 const Library& library = SystemLibrary());

}  // namespace mailassay::crypto
