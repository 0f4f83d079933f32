#include "lib/crypto/batch_verify.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace mailassay::crypto {
namespace {

constexpr size_t kMostBlockOctets = kMostRsaDigits * kRsaDigitBits / 8;

void VerifyAlone(Check& check, const Library& library) {
  check.outcome =
      Verify(*check.key, check.hash, check.digest, check.signature, library);
}

// Checks of one width that wait for their lanes to fill.
class Group {
 public:
  void Add(Check& check) { checks_[size_++] = &check; }
  bool full() const { return size_ == kRsaLanes; }

  // Verifies and forgets them.
  void Finish(RaiseLanes* raise, const Library& library) {
    const auto checks = std::span(checks_).first(size_);
    size_ = 0;
    // One alone: the vector kernel would take as long as for eight.
    if (checks.size() > 1) {
      Raise(checks, raise, library);
    } else if (checks.size() == 1) {
      VerifyAlone(*checks[0], library);
    }
  }

 private:
  static void Raise(std::span<Check* const> checks, RaiseLanes* raise,
                    const Library& library) {
    std::array<std::array<uint8_t, kMostBlockOctets>, kRsaLanes> blocks;
    std::array<RsaLane, kRsaLanes> lanes;
    for (size_t i = 0; i < checks.size(); ++i) {
      const PublicKey& key = *checks[i]->key;
      lanes[i] = {&key, checks[i]->signature,
                  std::span(blocks[i]).first(key.modulus_size())};
    }
    const bool raised = raise(std::span(lanes).first(checks.size()));
    for (size_t i = 0; i < checks.size(); ++i) {
      Check& check = *checks[i];
      if (raised && IsEncoding(lanes[i].block, check.hash, check.digest)) {
        check.outcome = Outcome::kPass;
      } else {
        VerifyAlone(check, library);
      }
    }
  }

  std::array<Check*, kRsaLanes> checks_;
  size_t size_ = 0;
};

// Where in kRsaWidths the check's lanes are; the number of widths: nowhere, for
// another exponent, a larger key, Ed25519, or because nothing is to be raised.
size_t WidthIndex(const Check& check) {
  const auto& widths = kRsaWidths;
  const size_t digits = check.key->lane_modulus().digits();
  const bool raises =
      digits != 0 &&
      !OutcomeUnraised(*check.key, check.hash, check.digest, check.signature);
  const auto at = raises ? std::ranges::find(widths, digits) : std::end(widths);
  return static_cast<size_t>(at - std::begin(widths));
}

}  // namespace

void VerifyBatch(std::span<Check> checks, RaiseLanes* raise,
                 const Library& library) {
  std::array<Group, std::size(kRsaWidths)> groups;
  // Verify raises one by one too, and needs no confirmation.
  const bool in_lanes = raise != RaiseOneByOne;
  for (Check& check : checks) {
    const size_t width = in_lanes ? WidthIndex(check) : groups.size();
    if (width == groups.size()) {
      VerifyAlone(check, library);
      continue;
    }
    groups[width].Add(check);
    if (groups[width].full()) groups[width].Finish(raise, library);
  }
  for (Group& group : groups) group.Finish(raise, library);
}

}  // namespace mailassay::crypto
