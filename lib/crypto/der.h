// A strict reader and a writer of the little DER that public keys need
// (X.690 10.1, 8.3, 8.6): definite lengths in the fewest octets, INTEGERs in
// the fewest octets, nothing left over.  What the reader takes, the writer
// writes octet for octet the same, so no second encoding of a key can be
// accepted.
//
// Views into the input; pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

namespace mailassay::crypto {

enum class DerTag : uint8_t {
  kInteger = 0x02,
  kBitString = 0x03,
  kNull = 0x05,
  kObjectId = 0x06,
  kSequence = 0x30,
};

class DerReader {
 public:
  explicit DerReader(std::span<const uint8_t> input) : rest_(input) {}

  bool AtEnd() const { return rest_.empty(); }
  bool NextIs(DerTag tag) const {
    return !rest_.empty() && rest_[0] == static_cast<uint8_t>(tag);
  }
  // The contents of the next element, or nothing when it has another tag or is
  // not DER; the reader then stays where it was.
  std::optional<std::span<const uint8_t>> Read(DerTag tag);
  // An INTEGER above or equal to zero as its big-endian octets without the sign
  // octet; zero is one octet 00.  Nothing for a negative or padded one.
  std::optional<std::span<const uint8_t>> ReadUnsigned();
  // A BIT STRING of whole octets.
  std::optional<std::span<const uint8_t>> ReadBitString();

 private:
  std::span<const uint8_t> rest_;
};

// One element: tag, length, and the parts as contents.
std::vector<uint8_t> WriteDer(
    DerTag tag, std::initializer_list<std::span<const uint8_t>> parts);
// REQUIRES: `big_endian` not empty and without leading 00, but for zero itself.
std::vector<uint8_t> WriteDerUnsigned(std::span<const uint8_t> big_endian);

}  // namespace mailassay::crypto
