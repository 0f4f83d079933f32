// The kernels of family "rsa".  Properties:
// - every kernel's s^65537 mod n is OpenSSL's, for one to eight lanes with
//   moduli of any sizes of one width and any values below them;
// - a block is written to its last octet and not beyond.
#include "lib/crypto/rsa_kernels.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/rsa_key_input.h"

namespace mailassay::crypto {
namespace {

struct Work {
  Key key;
  Bytes signature;
  Bytes expected;
};

// The sizes that lanes of each width take, and how often: small ones are many
// times faster.
struct Width {
  size_t least_bits, most_bits;
};
constexpr Width kWidths[] = {{2, 1038},    {2, 1038},    {2, 1038},
                             {1039, 2078}, {1039, 2078}, {2079, 4158}};

Work ChosenWork(const Width& width, Choices& choices) {
  // The largest and the smallest are the interesting ones.
  const uint8_t kind = choices.Octet();
  const size_t bits =
      kind % 4 == 0   ? width.most_bits - kind / 4
      : kind % 4 == 1 ? width.least_bits + kind / 4
                      : width.least_bits + choices.Below(width.most_bits + 1 -
                                                         width.least_bits);
  const Bytes n = ChosenModulus(bits, choices);
  Work work{KeyOf(n, {0x01, 0x00, 0x01}), ChosenBelow(n, choices),
            Bytes(n.size())};
  FUZZ_CHECK(work.key != nullptr && work.key->bits() == bits);
  FUZZ_CHECK(work.key->lane_modulus().digits() == RsaWidthFor(bits));
  FUZZ_CHECK(work.key->Raise(work.signature, work.expected));
  return work;
}

// A vector of just its size is memory of just its size.
void CheckKernel(RaiseLanes* raise, const std::vector<Work>& work) {
  std::vector<Bytes> blocks;
  for (const Work& w : work) blocks.emplace_back(w.signature.size(), 0xa5);
  std::vector<RsaLane> lanes;
  for (size_t i = 0; i < work.size(); ++i) {
    lanes.push_back({work[i].key.get(), work[i].signature, blocks[i]});
  }
  FUZZ_CHECK(raise(lanes));
  for (size_t i = 0; i < work.size(); ++i) {
    FUZZ_CHECK(blocks[i] == work[i].expected);
  }
}

}  // namespace
}  // namespace mailassay::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mailassay;
  static const auto kernels = crypto::RsaKernels().Supported();
  Choices choices(AsText(data, size));
  const auto& width =
      crypto::kWidths[choices.Below(std::size(crypto::kWidths))];
  std::vector<crypto::Work> work(1 + choices.Below(crypto::kRsaLanes));
  for (crypto::Work& w : work) w = crypto::ChosenWork(width, choices);
  for (const auto& kernel : kernels) crypto::CheckKernel(kernel.run, work);
  return 0;
}
