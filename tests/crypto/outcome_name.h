// Outcomes as gtest shall print them.
#pragma once

#include <ostream>

#include "lib/crypto/verify.h"

namespace mailassay::crypto {

inline void PrintTo(Outcome outcome, std::ostream* out) {
  constexpr const char* kNames[] = {
      "kPass",     "kOtherDigest", "kMalformedBlock", "kOtherKey",
      "kMismatch", "kBadLength",   "kEnvironment"};
  *out << kNames[static_cast<size_t>(outcome)];
}

}  // namespace mailassay::crypto
