#include "lib/crypto/sha256.h"

#include <algorithm>
#include <cstring>

namespace mailassay::crypto {
namespace {

// The top bit of the most significant octet first.
void StoreBigEndian(uint64_t value, size_t octets, uint8_t* out) {
  for (size_t i = octets; i-- > 0; value >>= 8) {
    out[i] = static_cast<uint8_t>(value);
  }
}

const uint8_t* Octets(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// The digest of a stream of `octets` octets; `rest` are those behind its last
// whole block.
Digest Close(Sha256::State state, uint64_t octets, std::string_view rest) {
  std::array<uint8_t, Sha256::kBlock + kMaxSha256Padding> last;
  if (!rest.empty()) std::memcpy(last.data(), rest.data(), rest.size());
  const size_t size =
      rest.size() + WriteSha256Padding(octets, last.data() + rest.size());
  CompressSha256(state, last.data(), size / Sha256::kBlock);
  return Sha256DigestOf(state);
}

}  // namespace

void Sha256::Update(std::string_view bytes) {
  if (bytes.empty()) return;
  const size_t held = octets_ % kBlock;
  octets_ += bytes.size();
  if (held > 0) {
    const size_t part = std::min(kBlock - held, bytes.size());
    std::memcpy(held_.data() + held, bytes.data(), part);
    bytes.remove_prefix(part);
    if (held + part < kBlock) return;
    CompressSha256(state_, held_.data(), 1);
  }
  const size_t blocks = bytes.size() / kBlock;
  if (blocks > 0) CompressSha256(state_, Octets(bytes), blocks);
  bytes.remove_prefix(blocks * kBlock);
  if (!bytes.empty()) std::memcpy(held_.data(), bytes.data(), bytes.size());
}

Digest Sha256::Finish() const { return Close(state_, octets_, held()); }

size_t WriteSha256Padding(uint64_t octets, uint8_t* out) {
  constexpr size_t kLengthOctets = 8;
  const size_t used = octets % Sha256::kBlock;
  const size_t size =
      (used < Sha256::kBlock - kLengthOctets ? 1 : 2) * Sha256::kBlock - used;
  std::memset(out, 0, size - kLengthOctets);
  out[0] = 0x80;
  StoreBigEndian(octets * 8, kLengthOctets, out + size - kLengthOctets);
  return size;
}

Digest Sha256DigestOf(const Sha256::State& state) {
  Digest digest;
  for (size_t i = 0; i < state.size(); ++i) {
    StoreBigEndian(state[i], 4, digest.bytes.data() + 4 * i);
  }
  digest.size = 32;
  return digest;
}

Digest Sha256Of(std::string_view bytes) {
  Sha256::State state = Sha256::kInitial;
  const size_t blocks = bytes.size() / Sha256::kBlock;
  if (blocks > 0) CompressSha256(state, Octets(bytes), blocks);
  return Close(state, bytes.size(), bytes.substr(blocks * Sha256::kBlock));
}

}  // namespace mailassay::crypto
