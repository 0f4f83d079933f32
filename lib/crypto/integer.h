// An integer of any length (GMP's mpz_t), owned; the least that key recovery
// and batch gcd need around GMP's own functions, which take it as it is.
//
// Copies are deep; not shared between threads without a lock.  When memory runs
// out GMP ends the process: callers bound what they ask for.
#pragma once

#include <gmp.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mailassay::crypto {

class Integer {
 public:
  Integer() { mpz_init(value_); }
  explicit Integer(unsigned long value) { mpz_init_set_ui(value_, value); }
  // Big-endian, leading 00 allowed.
  explicit Integer(std::span<const uint8_t> octets) : Integer() {
    mpz_import(value_, octets.size(), 1, 1, 0, 0, octets.data());
  }
  ~Integer() { mpz_clear(value_); }
  Integer(const Integer& other) { mpz_init_set(value_, other.value_); }
  Integer(Integer&& other) noexcept : Integer() {
    mpz_swap(value_, other.value_);
  }
  Integer& operator=(Integer other) noexcept {
    mpz_swap(value_, other.value_);
    return *this;
  }

  // NOLINTNEXTLINE(google-explicit-constructor): GMP's functions take it.
  operator mpz_ptr() { return value_; }
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator mpz_srcptr() const { return value_; }

  // Of the absolute value; 1 of zero.
  size_t bits() const { return mpz_sizeinbase(value_, 2); }
  bool is_one() const { return mpz_cmp_ui(value_, 1) == 0; }
  // Big-endian in the fewest octets, none of zero.  REQUIRES: not negative.
  std::vector<uint8_t> Octets() const;

 private:
  mpz_t value_;
};

// Divides all primes below this out of `value`.  REQUIRES: value > 0.
inline constexpr unsigned long kSmallPrimeLimit = 1'000'000;
void RemoveSmallPrimes(Integer& value);

}  // namespace mailassay::crypto
