#include <memory>

#include "lib/crypto/hash.h"
#include "pipeline/source/block.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

constexpr size_t kSlice = 256 << 10;

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
         a.st_size == b.st_size && ModifiedNs(a) == ModifiedNs(b);
}

}  // namespace

absl::StatusOr<Digest> HashFile(const FileToHash& file) {
  auto input = FileInput::OpenNamed(file.path, /*wait=*/false);
  if (!input.ok()) return input.status();
  if (!(*input)->regular() || !IsSame((*input)->status(), file.status)) {
    return Changed("is another file than the one that was read");
  }
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  const auto buffer = std::make_unique_for_overwrite<char[]>(kSlice);
  for (;;) {
    auto size = (*input)->Read(buffer.get(), kSlice);
    if (!size.ok()) return size.status();
    if (*size == 0) break;
    hasher.Update({buffer.get(), *size});
  }
  if (absl::Status same = (*input)->CheckUnchanged(); !same.ok()) return same;
  return hasher.Finish();
}

}  // namespace mailassay::source
