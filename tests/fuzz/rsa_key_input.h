// RSA keys and signatures from fuzzed choices: raising needs no factors, so any
// odd modulus will do.
#pragma once

#include <cstdint>
#include <memory>

#include "lib/crypto/public_key.h"
#include "tests/crypto/octets.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::crypto {

using Key = std::shared_ptr<const PublicKey>;

// RSAPublicKey (RFC 8017 A.1.1) of a modulus without leading zeros.
inline Key KeyOf(const Bytes& n, const Bytes& e) {
  const Bytes sign(n[0] >= 0x80 ? 1 : 0, 0);
  return PublicKey::ParseRsa(
             Element(0x30, Element(0x02, sign + n) + Element(0x02, e)))
      .key;
}

// Octets of few kinds, for carries run through equal digits: a few chosen ones
// again and again, or all that is left of the input's few.
inline Bytes ChosenOctets(size_t size, Choices& choices) {
  const std::string_view pattern = choices.Take();
  Bytes octets(size, choices.Octet());
  for (size_t i = 0; i < size && !pattern.empty(); ++i) {
    octets[size - 1 - i] = static_cast<uint8_t>(pattern[i % pattern.size()]);
  }
  return octets;
}

// Odd, of just so many bits.  REQUIRES: bits >= 2.
inline Bytes ChosenModulus(size_t bits, Choices& choices) {
  Bytes n = ChosenOctets((bits + 7) / 8, choices);
  const unsigned top = (bits - 1) % 8;
  n[0] = static_cast<uint8_t>((n[0] & ((2U << top) - 1)) | 1U << top);
  n.back() |= 1;
  return n;
}

// Below n: near n, near 0, or anything.
inline Bytes ChosenBelow(const Bytes& n, Choices& choices) {
  const uint8_t kind = choices.Octet();
  Bytes s = n;
  switch (kind % 4) {
    case 0:
      s.back() = static_cast<uint8_t>(s.back() - 1);  // n is odd
      return s;
    case 1:
      s.assign(n.size(), 0);
      s.back() = kind / 4 < n.back() ? kind / 4 : 0;
      return s;
    default:
      s = ChosenOctets(n.size(), choices);
      if (s >= n) s[0] = 0;  // n has no leading zeros
      return s;
  }
}

}  // namespace mailassay::crypto
