#include "lib/crypto/integer.h"

namespace mailassay::crypto {
namespace {

// The product of all small primes: 1.4 million bits, made once.
const Integer& SmallPrimes() {
  static const Integer product = [] {
    Integer primes;
    mpz_primorial_ui(primes, kSmallPrimeLimit - 1);
    return primes;
  }();
  return product;
}

}  // namespace

std::vector<uint8_t> Integer::Octets() const {
  if (mpz_sgn(value_) == 0) return {};
  std::vector<uint8_t> octets((bits() + 7) / 8);
  mpz_export(octets.data(), nullptr, 1, 1, 0, 0, value_);
  return octets;
}

void RemoveSmallPrimes(Integer& value) {
  Integer shared;
  mpz_mod(shared, SmallPrimes(), value);
  mpz_gcd(shared, shared, value);
  // Each round takes out every small prime once.
  while (!shared.is_one()) {
    mpz_divexact(value, value, shared);
    mpz_gcd(shared, shared, value);
  }
}

}  // namespace mailassay::crypto
