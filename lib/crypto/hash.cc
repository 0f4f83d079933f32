#include "lib/crypto/hash.h"

#include <openssl/evp.h>

namespace mailassay::crypto {
namespace {

// Fetched once: with EVP_sha256() every start of a hash searches the providers
// anew (280 ns against 40).  Null when no provider offers the algorithm.
const EVP_MD* Fetched(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return algorithm == HashAlgorithm::kSha256 ? sha256 : sha1;
}

}  // namespace

// `good` turns false at the library's first failure and stays so until the
// next start: a hash with a piece missing must not come out as a digest.
struct Hasher::Context {
  Context() : evp(EVP_MD_CTX_new()) {}
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void Start(HashAlgorithm algorithm) {
    const EVP_MD* const digest = Fetched(algorithm);
    good = evp != nullptr && digest != nullptr &&
           EVP_DigestInit_ex2(evp, digest, nullptr) == 1;
  }
  void CopyFrom(const Context& other) {
    good =
        other.good && evp != nullptr && EVP_MD_CTX_copy_ex(evp, other.evp) == 1;
  }

  EVP_MD_CTX* evp;
  bool good = false;
};

Hasher::Hasher(HashAlgorithm algorithm)
    : algorithm_(algorithm), context_(std::make_unique<Context>()) {
  context_->Start(algorithm_);
}

Hasher::Hasher(const Hasher& other)
    : algorithm_(other.algorithm_), context_(std::make_unique<Context>()) {
  context_->CopyFrom(*other.context_);
}

Hasher& Hasher::operator=(const Hasher& other) {
  if (this == &other) return *this;
  if (context_ == nullptr) context_ = std::make_unique<Context>();
  algorithm_ = other.algorithm_;
  context_->CopyFrom(*other.context_);
  return *this;
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::Update(std::string_view bytes) {
  if (!context_->good) return;
  context_->good =
      EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1;
}

Digest Hasher::Finish() {
  Digest digest;
  unsigned int size = 0;
  if (context_->good &&
      EVP_DigestFinal_ex(context_->evp, digest.bytes.data(), &size) == 1) {
    digest.size = static_cast<uint8_t>(size);
  }
  context_->good = false;
  return digest;
}

void Hasher::Reset() { context_->Start(algorithm_); }

Digest Hash(HashAlgorithm algorithm, std::string_view bytes) {
  // One context a thread, for a new one costs more than a short hash.
  thread_local Hasher sha256(HashAlgorithm::kSha256);
  thread_local Hasher sha1(HashAlgorithm::kSha1);
  Hasher& hasher = algorithm == HashAlgorithm::kSha256 ? sha256 : sha1;
  hasher.Reset();
  hasher.Update(bytes);
  return hasher.Finish();
}

}  // namespace mailassay::crypto
