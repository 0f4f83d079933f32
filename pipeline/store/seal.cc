#include "pipeline/store/seal.h"

#include "absl/strings/escaping.h"
#include "lib/base/concat.h"
#include "lib/crypto/hash.h"

namespace mailassay::store {

std::string Seal(std::initializer_list<std::string_view> values) {
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  for (const std::string_view value : values) {
    hasher.Update(Concat(value.size(), ":"));
    hasher.Update(value);
  }
  const Digest digest = hasher.Finish();
  return {reinterpret_cast<const char*>(digest.span().data()),
          digest.span().size()};
}

std::string SealText(std::string_view seal) {
  return absl::BytesToHexString(absl::string_view(seal.data(), seal.size()));
}

}  // namespace mailassay::store
