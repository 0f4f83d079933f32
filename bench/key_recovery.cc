// What the key behind two signatures costs: time of one core and the most
// memory, for one size of key a run, so that memory is that size's alone.
//
//   mailassay-bench-key-recovery [BITS [EXPONENT [wrong]]]
//
// "wrong": two signatures of different keys.
#include "lib/crypto/key_recovery.h"

#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/reference/signing_key.h"

namespace mailassay::bench {
namespace {

using reference::SigningKey;

// CPU time: other programs on the machine do not count.
double Seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

long PeakMebibytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

int Run(unsigned bits, uint64_t exponent, bool wrong) {
  const SigningKey keys[] = {SigningKey::Rsa(1, bits, exponent),
                             SigningKey::Rsa(wrong ? 2 : 1, bits, exponent)};
  crypto::SignedDigest digests[2];
  reference::Bytes signatures[2];
  for (int i = 0; i < 2; ++i) {
    digests[i].digest =
        crypto::Hash(crypto::HashAlgorithm::kSha256, i == 0 ? "one" : "two");
    signatures[i] = keys[i].SignDigest(reference::DigestName::kSha256,
                                       digests[i].digest.span());
    digests[i].signature = signatures[i];
  }
  const long before = PeakMebibytes();
  const double start = Seconds();
  const auto found =
      crypto::RecoverKey(digests[0], digests[1], [] { return true; });
  const double seconds = Seconds() - start;
  std::printf(
      "RSA-%u, e = %llu, %s: %s in %.2f s of one core, %ld MiB at most "
      "(%ld MiB before; RecoveryMemory says %zu MiB)\n",
      bits, static_cast<unsigned long long>(exponent),
      wrong ? "two keys" : "one key",
      found.outcome == crypto::Recovery::kKey ? "found" : "nothing", seconds,
      PeakMebibytes(), before, crypto::RecoveryMemory(bits / 8) >> 20);
  return (found.outcome == crypto::Recovery::kKey) == !wrong ? 0 : 1;
}

}  // namespace
}  // namespace mailassay::bench

int main(int argc, char** argv) {
  const unsigned long bits =
      argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1024;
  const uint64_t exponent =
      argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 65537;
  const bool wrong = argc > 3 && std::string_view(argv[3]) == "wrong";
  return mailassay::bench::Run(static_cast<unsigned>(bits), exponent, wrong);
}
