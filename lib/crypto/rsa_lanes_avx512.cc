// s^65537 mod n in eight lanes, each with its own n, by Montgomery's
// multiplication: a, b -> ab/R mod n with R = 2^(52 * digits).
//
// AVX-512 IFMA multiplies eight pairs of 52-bit digits and adds the low or the
// high 52 bits of the products to eight sums of 64 bits.  Products a[i] * b[j]
// belong to column i + j, their high halves to the next.  Ten neighbouring
// columns at a time are summed in registers, low and high halves apart; no
// carry moves before all of a column is there: 160 products (80 of ab, 80 of
// qn) twice, low and high, stay below 2^61.  Of a block of ten columns, some
// rows i reach all ten; those at the rim reach some, a triangle:
//
//       column  0 1 2 3 4 ...              rows of i up to the block's first
//       row 0   x x x x x                  column are full: a rolled loop;
//       row 1     x x x x   low triangle   the triangles have constant bounds
//       row 2       x x x                  and are unrolled.
//
// In the lower half of the columns each block, when its sum is complete, yields
// ten digits q, from the least on: q[k] makes column k of ab + qn end in zeros,
// so that the column leaves nothing but its carry.  The upper half is then
// (ab + qn)/R.  For a, b < 2n and R > 4n that is below n + 4n^2/R < 2n: no
// subtraction between multiplications.
//
// A square sums a[i] * a[j] for i < j, doubles, and adds the diagonal.
//
// s goes in by one multiplication with R^2 and becomes sR; 16 squares make
// s^65536 R; a last multiplication by s itself takes R away again, so nothing
// has to be converted back.  Its result is below 2n: n is taken off once.
#if defined(__x86_64__)

#include <immintrin.h>

#include "lib/crypto/rsa_lanes.h"

#define MAILASSAY_IFMA __attribute__((target("avx512f,avx512ifma")))
#define MAILASSAY_STEP \
  __attribute__((target("avx512f,avx512ifma"), always_inline)) static inline

namespace mailassay::crypto {
namespace {

using Vector = __m512i;

constexpr int kColumns = 10;  // of a block; divides all widths
constexpr int kSquarings = 16;

struct Columns {
  Vector low[kColumns];
  Vector high[kColumns];
};

struct Modulus {
  const Vector* digits;
  Vector inverse;  // -1/n mod 2^52
};

MAILASSAY_STEP Vector DigitOf(Vector sum) {
  return _mm512_and_si512(sum, _mm512_set1_epi64((1ll << kRsaDigitBits) - 1));
}

// Without a mask g++ 12 warns of the intrinsic's own undefined operand.
MAILASSAY_STEP Vector ShiftRight(Vector x, unsigned bits) {
  return _mm512_maskz_srli_epi64(0xff, x, bits);
}

MAILASSAY_STEP void Clear(Columns& sums) {
#pragma GCC unroll 10
  for (int t = 0; t < kColumns; ++t) {
    sums.low[t] = sums.high[t] = _mm512_setzero_si512();
  }
}

MAILASSAY_STEP void AddProduct(Columns& sums, int t, Vector x, Vector y) {
  sums.low[t] = _mm512_madd52lo_epu64(sums.low[t], x, y);
  sums.high[t] = _mm512_madd52hi_epu64(sums.high[t], x, y);
}

// Rows `begin` to `end` - 1 of the block that starts at column `first`.  All of
// them reach all columns.
MAILASSAY_STEP void AddRows(Columns& sums, const Vector* a, const Vector* b,
                            int first, int begin, int end) {
  for (int i = begin; i < end; ++i) {
    const Vector x = a[i];
#pragma GCC unroll 10
    for (int t = 0; t < kColumns; ++t) AddProduct(sums, t, x, b[first - i + t]);
  }
}

// Rows first + 1 to first + 9: row first + r starts at the block's column r.
MAILASSAY_STEP void AddLowTriangle(Columns& sums, const Vector* a,
                                   const Vector* b, int first) {
#pragma GCC unroll 10
  for (int r = 1; r < kColumns; ++r) {
#pragma GCC unroll 10
    for (int t = 0; t < kColumns; ++t) {
      if (t >= r) AddProduct(sums, t, a[first + r], b[t - r]);
    }
  }
}

// Rows first - digits + 1 to first - digits + 9: row first - digits + r ends
// before the block's column r.
MAILASSAY_STEP void AddHighTriangle(Columns& sums, const Vector* a,
                                    const Vector* b, int first, int digits) {
#pragma GCC unroll 10
  for (int r = 1; r < kColumns; ++r) {
#pragma GCC unroll 10
    for (int t = 0; t < kColumns; ++t) {
      if (t < r) {
        AddProduct(sums, t, a[first - digits + r], b[digits - r + t]);
      }
    }
  }
}

// The rows of a square that end at the diagonal: row first / 2 + r has i < j
// from the block's column 2r + 1 on.
MAILASSAY_STEP void AddHalfTriangle(Columns& sums, const Vector* a, int first) {
#pragma GCC unroll 5
  for (int r = 0; r < kColumns / 2; ++r) {
#pragma GCC unroll 10
    for (int t = 0; t < kColumns; ++t) {
      if (t > 2 * r) {
        AddProduct(sums, t, a[first / 2 + r], a[first / 2 + t - r]);
      }
    }
  }
}

// Twice what has been summed, and the diagonal.
MAILASSAY_STEP void CompleteSquare(Columns& sums, const Vector* a, int first) {
#pragma GCC unroll 10
  for (int t = 0; t < kColumns; ++t) {
    sums.low[t] = _mm512_add_epi64(sums.low[t], sums.low[t]);
    sums.high[t] = _mm512_add_epi64(sums.high[t], sums.high[t]);
    if (t % 2 == 0) {
      AddProduct(sums, t, a[(first + t) / 2], a[(first + t) / 2]);
    }
  }
}

// The ten digits of q that make these columns of ab + qn vanish, qn's products
// with the q before them being summed already.  Returns the carry into the
// block's right neighbour, high halves included.
MAILASSAY_STEP Vector FindQuotients(Columns& sums, const Modulus& n, int first,
                                    Vector carry, Vector* q) {
  const Vector most = _mm512_set1_epi64((1ll << kRsaDigitBits) - 1);
#pragma GCC unroll 10
  for (int r = 0; r < kColumns; ++r) {
    const Vector sum = _mm512_add_epi64(sums.low[r], carry);
    const Vector digit =
        _mm512_madd52lo_epu64(_mm512_setzero_si512(), sum, n.inverse);
    q[first + r] = digit;
    sums.high[r] = _mm512_madd52hi_epu64(sums.high[r], digit, n.digits[0]);
#pragma GCC unroll 10
    for (int t = 1; t < kColumns; ++t) {
      if (t > r) AddProduct(sums, t, digit, n.digits[t - r]);
    }
    // The low half of digit * n[0] need not be multiplied: it completes the
    // sum's last 52 bits to 2^52, or both are zero.
    carry = _mm512_add_epi64(
        ShiftRight(_mm512_add_epi64(sum, most), kRsaDigitBits), sums.high[r]);
  }
  return carry;
}

MAILASSAY_STEP Vector StoreDigits(const Columns& sums, Vector carry,
                                  Vector* out) {
#pragma GCC unroll 10
  for (int t = 0; t < kColumns; ++t) {
    const Vector sum = _mm512_add_epi64(sums.low[t], carry);
    out[t] = DigitOf(sum);
    carry = _mm512_add_epi64(ShiftRight(sum, kRsaDigitBits), sums.high[t]);
  }
  return carry;
}

// out = ab/R mod n, below 2n, for a, b < 2n.  `out` may be a or b: a digit is
// written when no later block reads it.
template <int kDigits>
MAILASSAY_IFMA __attribute__((noinline)) void Multiply(const Vector* a,
                                                       const Vector* b,
                                                       const Modulus& n,
                                                       Vector* out) {
  Vector q[kDigits];
  Vector carry = _mm512_setzero_si512();
  Columns sums;
  for (int first = 0; first < kDigits; first += kColumns) {
    Clear(sums);
    AddRows(sums, a, b, first, 0, first + 1);
    AddLowTriangle(sums, a, b, first);
    AddRows(sums, q, n.digits, first, 0, first);
    carry = FindQuotients(sums, n, first, carry, q);
  }
  for (int first = kDigits; first < 2 * kDigits; first += kColumns) {
    const int begin = first - kDigits + kColumns;
    Clear(sums);
    AddHighTriangle(sums, a, b, first, kDigits);
    AddRows(sums, a, b, first, begin, kDigits);
    AddHighTriangle(sums, q, n.digits, first, kDigits);
    AddRows(sums, q, n.digits, first, begin, kDigits);
    carry = StoreDigits(sums, carry, out + first - kDigits);
  }
}

// a = a^2/R mod n, as Multiply(a, a, n, a).
template <int kDigits>
MAILASSAY_IFMA __attribute__((noinline)) void Square(Vector* a,
                                                     const Modulus& n) {
  Vector q[kDigits];
  Vector carry = _mm512_setzero_si512();
  Columns sums;
  for (int first = 0; first < kDigits; first += kColumns) {
    Clear(sums);
    AddRows(sums, a, a, first, 0, first / 2);
    AddHalfTriangle(sums, a, first);
    CompleteSquare(sums, a, first);
    AddRows(sums, q, n.digits, first, 0, first);
    carry = FindQuotients(sums, n, first, carry, q);
  }
  for (int first = kDigits; first < 2 * kDigits; first += kColumns) {
    const int begin = first - kDigits + kColumns;
    Clear(sums);
    AddHighTriangle(sums, a, a, first, kDigits);
    // In the last block the diagonal runs through this triangle: all of it has
    // been summed.
    if (begin < kDigits) {
      AddRows(sums, a, a, first, begin, first / 2);
      AddHalfTriangle(sums, a, first);
      CompleteSquare(sums, a, first);
    }
    AddHighTriangle(sums, q, n.digits, first, kDigits);
    AddRows(sums, q, n.digits, first, begin, kDigits);
    carry = StoreDigits(sums, carry, a + first - kDigits);
  }
}

// a mod n, for a < 2n.
MAILASSAY_IFMA void Reduce(const Vector* a, const Modulus& n, int digits,
                           Vector* out) {
  Vector difference[kMostRsaDigits];
  Vector borrow = _mm512_setzero_si512();
  for (int i = 0; i < digits; ++i) {
    const Vector d =
        _mm512_sub_epi64(_mm512_sub_epi64(a[i], n.digits[i]), borrow);
    borrow = ShiftRight(d, 63);
    difference[i] = DigitOf(d);
  }
  const __mmask8 below = _mm512_test_epi64_mask(borrow, borrow);
  for (int i = 0; i < digits; ++i) {
    out[i] = _mm512_mask_mov_epi64(difference[i], below, a[i]);
  }
}

template <int kDigits>
MAILASSAY_IFMA void Raise(RsaLanes& lanes) {
  const Modulus n = {reinterpret_cast<const Vector*>(lanes.modulus),
                     _mm512_load_si512(lanes.inverse)};
  Vector* const value = reinterpret_cast<Vector*>(lanes.value);
  Vector power[kDigits];
  Multiply<kDigits>(value, reinterpret_cast<const Vector*>(lanes.r_squared), n,
                    power);
  for (int i = 0; i < kSquarings; ++i) Square<kDigits>(power, n);
  Multiply<kDigits>(power, value, n, power);
  Reduce(power, n, kDigits, value);
}

}  // namespace

MAILASSAY_IFMA void RaiseLanesAvx512(size_t digits, RsaLanes& lanes) {
  switch (digits) {
    case 20:
      return Raise<20>(lanes);
    case 40:
      return Raise<40>(lanes);
    default:
      return Raise<80>(lanes);
  }
}

}  // namespace mailassay::crypto

#endif
