// What RFC 8032 5.1.7 and 5.1.3 leave a verifier to check about the octets of
// an Ed25519 key or signature before any curve arithmetic.  Pure.
#pragma once

#include <cstdint>
#include <span>

namespace mailassay::crypto {

using Ed25519Octets = std::span<const uint8_t, 32>;

// The y coordinate is below p = 2^255 - 19 (RFC 8032 5.1.3 step 1) and x = 0
// does not carry a sign (step 4).
bool IsCanonicalPoint(Ed25519Octets encoded);

// One of the eight points whose order divides 8: every signature of a kind
// verifies under such a key, for any message.
bool IsSmallOrderPoint(Ed25519Octets encoded);

// Below the group order L (RFC 8032 5.1.7 step 1): without this each signature
// has a second one that verifies.
bool IsCanonicalScalar(Ed25519Octets encoded);

}  // namespace mailassay::crypto
