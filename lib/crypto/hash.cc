#include "lib/crypto/hash.h"

#include <openssl/evp.h>

namespace mailassay::crypto {
namespace {

// Fetched once: with EVP_sha1() every start of a hash searches the providers
// anew (280 ns against 40).  Null when no provider offers the algorithm.
const EVP_MD* FetchedSha1() {
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return sha1;
}

}  // namespace

// `good` turns false at the library's first failure and stays so until the
// next start: a hash with a piece missing must not come out as a digest.
struct Hasher::Sha1 {
  Sha1() : evp(EVP_MD_CTX_new()) { Start(); }
  Sha1(const Sha1& other) : evp(EVP_MD_CTX_new()) { *this = other; }
  Sha1& operator=(const Sha1& other) {
    if (this == &other) return *this;
    good =
        other.good && evp != nullptr && EVP_MD_CTX_copy_ex(evp, other.evp) == 1;
    return *this;
  }
  ~Sha1() { EVP_MD_CTX_free(evp); }

  void Start() {
    const EVP_MD* const digest = FetchedSha1();
    good = evp != nullptr && digest != nullptr &&
           EVP_DigestInit_ex2(evp, digest, nullptr) == 1;
  }

  void Update(std::string_view bytes) {
    if (!good) return;
    good = EVP_DigestUpdate(evp, bytes.data(), bytes.size()) == 1;
  }

  Digest Finish() {
    Digest digest;
    unsigned int size = 0;
    if (good && EVP_DigestFinal_ex(evp, digest.bytes.data(), &size) == 1) {
      digest.size = static_cast<uint8_t>(size);
    }
    good = false;
    return digest;
  }

  EVP_MD_CTX* evp;
  bool good = false;
};

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm) {
  if (algorithm_ == HashAlgorithm::kSha1) sha1_ = std::make_unique<Sha1>();
}

Hasher::Hasher(const Hasher& other)
    : algorithm_(other.algorithm_),
      finished_(other.finished_),
      sha256_(other.sha256_),
      sha1_(other.sha1_ ? std::make_unique<Sha1>(*other.sha1_) : nullptr) {}

Hasher& Hasher::operator=(const Hasher& other) {
  if (this == &other) return *this;
  algorithm_ = other.algorithm_;
  finished_ = other.finished_;
  sha256_ = other.sha256_;
  if (sha1_ && other.sha1_) {
    *sha1_ = *other.sha1_;  // the allocation is kept
  } else {
    sha1_ = other.sha1_ ? std::make_unique<Sha1>(*other.sha1_) : nullptr;
  }
  return *this;
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::Update(std::string_view bytes) {
  if (sha1_) {
    sha1_->Update(bytes);
  } else {
    sha256_.Update(bytes);
  }
}

Digest Hasher::Finish() {
  if (sha1_) return sha1_->Finish();
  const Digest digest = finished_ ? Digest() : sha256_.Finish();
  finished_ = true;
  return digest;
}

void Hasher::Reset() {
  finished_ = false;
  sha256_.Reset();
  if (sha1_) sha1_->Start();
}

Digest Hash(HashAlgorithm algorithm, std::string_view bytes) {
  if (algorithm == HashAlgorithm::kSha256) return Sha256Of(bytes);
  // One context a thread, for a new one costs more than a short hash.
  thread_local Hasher sha1(HashAlgorithm::kSha1);
  sha1.Reset();
  sha1.Update(bytes);
  return sha1.Finish();
}

}  // namespace mailassay::crypto
