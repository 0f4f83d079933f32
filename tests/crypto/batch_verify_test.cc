#include "lib/crypto/batch_verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "tests/crypto/octets.h"
#include "tests/crypto/outcome_name.h"
#include "tests/reference/random.h"
#include "tests/reference/signing_key.h"

namespace mailassay::crypto {
namespace {

using reference::DigestName;
using reference::Random;
using reference::SigningKey;
using enum HashAlgorithm;

struct Signer {
  SigningKey secret;
  std::shared_ptr<const PublicKey> key;
};

Signer MakeSigner(const SigningKey& secret) {
  return {secret, secret.is_rsa()
                      ? PublicKey::ParseRsa(secret.Spki()).key
                      : PublicKey::ParseEd25519(secret.RawEd25519()).key};
}

const std::vector<Signer>& Signers1024() {
  static const std::vector<Signer> signers = {
      MakeSigner(SigningKey::Rsa(1, 1024)),
      MakeSigner(SigningKey::Rsa(2, 1024)),
      MakeSigner(SigningKey::Rsa(3, 1000)), MakeSigner(SigningKey::Rsa(4, 512)),
      MakeSigner(SigningKey::Rsa(5, 1038))};
  return signers;
}

// All widths, and all that does not go into lanes.
const std::vector<Signer>& AllSigners() {
  static const std::vector<Signer> signers = [] {
    std::vector<Signer> all = Signers1024();
    for (const SigningKey& secret :
         {SigningKey::Rsa(6, 2048), SigningKey::Rsa(7, 1040),
          SigningKey::Rsa(8, 2080), SigningKey::Rsa(9, 1024, 3),
          SigningKey::Rsa(10, 256), SigningKey::Ed25519(11)}) {
      all.push_back(MakeSigner(secret));
    }
    return all;
  }();
  return signers;
}

// Checks with what they point to.
class Batch {
 public:
  enum Kind : uint8_t {
    kGood,
    kGoodSha1,
    kOtherMessage,
    kDamaged,
    kShort,
    kNotBelow,
    kNoDigest,
    kZero,
    kOtherAlgorithm,
    kKinds
  };

  void Add(const Signer& signer, Kind kind, size_t number) {
    const bool sha1 = kind == kGoodSha1 || kind == kOtherAlgorithm;
    const HashAlgorithm hash = sha1 ? kSha1 : kSha256;
    Check check = {.key = signer.key.get(),
                   .hash = hash,
                   .digest = Hash(hash, std::to_string(number))};
    Bytes& signature =
        signatures_.emplace_back(Sign(signer, sha1, check.digest));
    switch (kind) {
      case kOtherMessage:
        check.digest = Hash(hash, "other");
        break;
      case kDamaged:
        signature[signature.size() - 1 - number % (signature.size() - 1)] ^= 1;
        break;
      case kShort:
        signature.pop_back();
        break;
      case kNotBelow:
        std::ranges::fill(signature, uint8_t{0xff});
        break;
      case kNoDigest:
        check.digest = Digest{};
        break;
      case kZero:
        std::ranges::fill(signature, uint8_t{0});
        break;
      case kOtherAlgorithm:
        check.hash = kSha256;
        check.digest = Hash(kSha256, std::to_string(number));
        break;
      default:
        break;
    }
    check.signature = signature;
    // Not what any of them has.
    check.outcome = static_cast<Outcome>(0x7f);
    checks_.push_back(check);
  }

  std::vector<Check>& checks() { return checks_; }

  void ExpectSameAsVerify(const char* what) const {
    for (size_t i = 0; i < checks_.size(); ++i) {
      const Check& c = checks_[i];
      ASSERT_EQ(c.outcome, Verify(*c.key, c.hash, c.digest, c.signature))
          << what << ": " << i << " of " << checks_.size() << ", "
          << c.key->bits() << " bits";
    }
  }

 private:
  static Bytes Sign(const Signer& signer, bool sha1, const Digest& digest) {
    constexpr size_t kLeastRsaBits = 496;
    if (signer.secret.is_rsa() && signer.secret.bits() < kLeastRsaBits) {
      return Bytes(signer.secret.modulus_size(), 1);
    }
    return signer.secret.SignDigest(
        sha1 ? DigestName::kSha1 : DigestName::kSha256, digest.span());
  }

  std::deque<Bytes> signatures_;
  std::vector<Check> checks_;
};

// The best kernel, counted and looked after: what comes into its lanes keeps
// the kernels' preconditions.
struct Seen {
  std::vector<size_t> fills;
  int library_raises = 0;
};
Seen seen;

bool CountingRaise(std::span<const RsaLane> lanes) {
  seen.fills.push_back(lanes.size());
  for (const RsaLane& lane : lanes) {
    EXPECT_EQ(lane.key->exponent(), 65537u);
    EXPECT_NE(lane.key->lane_modulus().digits(), 0u);
    EXPECT_EQ(lane.key->lane_modulus().digits(),
              lanes[0].key->lane_modulus().digits());
    EXPECT_EQ(lane.signature.size(), lane.key->modulus_size());
    EXPECT_EQ(lane.block.size(), lane.key->modulus_size());
    EXPECT_TRUE(std::ranges::lexicographical_compare(lane.signature,
                                                     lane.key->modulus()));
  }
  return RsaKernels().Supported().front().run(lanes);
}

Library CountingLibrary() {
  Library library = SystemLibrary();
  library.raise = [](const PublicKey& key, std::span<const uint8_t> signature,
                     std::span<uint8_t> out) {
    ++seen.library_raises;
    return SystemLibrary().raise(key, signature, out);
  };
  return library;
}

TEST(VerifyBatch, Nothing) {
  VerifyBatch({});
  VerifyBatch({}, CountingRaise);
}

TEST(VerifyBatch, EveryFillAndEveryFailingPosition) {
  const std::vector<Signer>& signers = Signers1024();
  for (const auto& kernel : RsaKernels().Supported()) {
    for (size_t size = 1; size <= 17; ++size) {
      for (size_t bad = 0; bad <= size; ++bad) {  // == size: none
        Batch batch;
        for (size_t i = 0; i < size; ++i) {
          const auto kind = static_cast<Batch::Kind>(
              i == bad ? (size + bad) % Batch::kKinds : size_t{Batch::kGood});
          batch.Add(signers[i % signers.size()], kind, i);
        }
        VerifyBatch(batch.checks(), kernel.run);
        batch.ExpectSameAsVerify("one failing");
      }
    }
  }
}

TEST(VerifyBatch, EveryKindOfEveryKey) {
  for (const auto& kernel : RsaKernels().Supported()) {
    Batch all;
    size_t number = 0;
    for (const Signer& signer : AllSigners()) {
      Batch two;
      for (int kind = 0; kind < Batch::kKinds; ++kind) {
        for (Batch* batch : {&all, &two}) {
          batch->Add(signer, static_cast<Batch::Kind>(kind), number++);
        }
      }
      VerifyBatch(two.checks(), kernel.run);
      two.ExpectSameAsVerify("of one key");
    }
    VerifyBatch(all.checks(), kernel.run);
    all.ExpectSameAsVerify("of all keys");
  }
}

TEST(VerifyBatch, RandomMixtures) {
  Random random(1);
  for (int round = 0; round < 40; ++round) {
    Batch batch;
    const size_t size = random.Below(40);
    for (size_t i = 0; i < size; ++i) {
      const Signer& signer = AllSigners()[random.Below(AllSigners().size())];
      const auto kind = static_cast<Batch::Kind>(
          random.Chance(0.6) ? 0 : random.Below(Batch::kKinds));
      batch.Add(signer, kind, random.Below(1000));
    }
    VerifyBatch(batch.checks(), CountingRaise);
    batch.ExpectSameAsVerify("mixture");
  }
}

// Eight to a group, two or more in the last, one alone to the library; good
// ones need no confirmation.
TEST(VerifyBatch, Groups) {
  for (const size_t size : {1u, 2u, 7u, 8u, 9u, 10u, 16u, 17u, 18u}) {
    seen = {};
    Batch batch;
    for (size_t i = 0; i < size; ++i) {
      batch.Add(Signers1024()[i % 2], Batch::kGood, i);
    }
    VerifyBatch(batch.checks(), CountingRaise, CountingLibrary());
    batch.ExpectSameAsVerify("groups");
    std::vector<size_t> fills(size / 8, 8);
    if (size % 8 >= 2) fills.push_back(size % 8);
    EXPECT_EQ(seen.fills, fills) << size;
    EXPECT_EQ(seen.library_raises, size % 8 == 1 ? 1 : 0) << size;
  }
}

// Widths fill their own groups, however the checks are mixed; what does not go
// into lanes disturbs none.
TEST(VerifyBatch, GroupsOfEachWidth) {
  seen = {};
  const SigningKey wide = SigningKey::Rsa(12, 2048);
  const Signer signer2048 = MakeSigner(wide);
  const Signer exponent3 = MakeSigner(SigningKey::Rsa(9, 1024, 3));
  Batch batch;
  for (size_t i = 0; i < 12; ++i) {
    batch.Add(Signers1024()[0], Batch::kGood, i);
    if (i < 9) batch.Add(signer2048, Batch::kGood, i);
    if (i < 3) batch.Add(exponent3, Batch::kGood, i);
    if (i < 2) batch.Add(signer2048, Batch::kShort, i);
  }
  VerifyBatch(batch.checks(), CountingRaise, CountingLibrary());
  batch.ExpectSameAsVerify("widths");
  EXPECT_EQ(seen.fills, (std::vector<size_t>{8, 8, 4}));
  EXPECT_EQ(seen.library_raises, 3 + 1);  // e = 3; the ninth of 2048
}

// Only what does not match is confirmed.
TEST(VerifyBatch, FailuresAreConfirmed) {
  seen = {};
  Batch batch;
  for (size_t i = 0; i < 8; ++i) {
    batch.Add(Signers1024()[0],
              i % 4 == 1 ? Batch::kOtherMessage : Batch::kGood, i);
  }
  VerifyBatch(batch.checks(), CountingRaise, CountingLibrary());
  batch.ExpectSameAsVerify("confirmed");
  EXPECT_EQ(seen.library_raises, 2);
}

// The portable kernel is Verify itself: nothing is raised twice.
TEST(VerifyBatch, OneByOneRaisesOnce) {
  seen = {};
  Batch batch;
  for (size_t i = 0; i < 10; ++i) {
    batch.Add(Signers1024()[0], i % 2 == 1 ? Batch::kDamaged : Batch::kGood, i);
  }
  VerifyBatch(batch.checks(), RaiseOneByOne, CountingLibrary());
  batch.ExpectSameAsVerify("one by one");
  EXPECT_EQ(seen.library_raises, 10);
}

// A kernel that computes nonsense neither passes nor fails anything.
TEST(VerifyBatch, BrokenKernel) {
  static size_t flipped;
  constexpr RaiseLanes* kBroken[] = {
      // Nothing written but zeros; and what looks like padding.
      [](std::span<const RsaLane> lanes) {
        for (const RsaLane& l : lanes) std::ranges::fill(l.block, uint8_t{0});
        return true;
      },
      [](std::span<const RsaLane> lanes) {
        for (const RsaLane& l : lanes) {
          std::ranges::fill(l.block, uint8_t{0xff});
          l.block[0] = 0;
          l.block[1] = 1;
        }
        return true;
      },
      // It says that it failed.
      [](std::span<const RsaLane> lanes) {
        CountingRaise(lanes);
        return false;
      },
      // The neighbour's block.
      [](std::span<const RsaLane> lanes) {
        CountingRaise(lanes);
        for (size_t i = 0; i + 1 < lanes.size(); ++i) {
          if (lanes[i].block.size() == lanes[i + 1].block.size()) {
            std::ranges::swap_ranges(lanes[i].block, lanes[i + 1].block);
          }
        }
        return true;
      },
      // One bit wrong.
      [](std::span<const RsaLane> lanes) {
        CountingRaise(lanes);
        for (const RsaLane& l : lanes) {
          const size_t bit = flipped++ % (8 * l.block.size());
          l.block[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
        }
        return true;
      },
      // s itself, not raised.
      [](std::span<const RsaLane> lanes) {
        for (const RsaLane& l : lanes) {
          std::ranges::copy(l.signature, l.block.begin());
        }
        return true;
      },
  };
  for (RaiseLanes* const raise : kBroken) {
    for (int kind = 0; kind < Batch::kKinds; ++kind) {
      Batch batch;
      for (size_t i = 0; i < 26; ++i) {
        batch.Add(Signers1024()[i % Signers1024().size()],
                  static_cast<Batch::Kind>(i % 2 == 0 ? 0 : kind), i);
      }
      VerifyBatch(batch.checks(), raise);
      batch.ExpectSameAsVerify("broken");
    }
  }
}

// Blocks count only when the kernel says so, even those that match.
TEST(VerifyBatch, FailedKernelProvesNothing) {
  seen = {};
  Batch batch;
  for (size_t i = 0; i < 8; ++i) {
    batch.Add(Signers1024()[0], Batch::kGood, i);
  }
  VerifyBatch(
      batch.checks(),
      [](std::span<const RsaLane> lanes) {
        CountingRaise(lanes);
        return false;
      },
      CountingLibrary());
  batch.ExpectSameAsVerify("failed kernel");
  EXPECT_EQ(seen.fills, std::vector<size_t>{8});
  EXPECT_EQ(seen.library_raises, 8);
}

// A block that encodes no octets at all must not pass where no digest could be
// computed.
TEST(VerifyBatch, NoDigestIsNoEmptyDigest) {
  const Signer& signer = Signers1024()[0];
  const Bytes info = Unhex("3031300d060960864801650304020105000420");
  Bytes block(signer.key->modulus_size(), 0xff);
  block[0] = 0;
  block[1] = 1;
  std::ranges::copy(info, block.end() - static_cast<ptrdiff_t>(info.size()));
  block[block.size() - info.size() - 1] = 0;
  const Bytes signature = signer.secret.SignBlock(block);
  std::vector<Check> checks(8,
                            {.key = signer.key.get(), .signature = signature});
  VerifyBatch(checks);
  for (const Check& check : checks) {
    EXPECT_EQ(check.outcome, Outcome::kEnvironment);
  }
}

// C22: no kernel and no library, no verdict.
TEST(VerifyBatch, FailingLibrary) {
  Library failing = SystemLibrary();
  failing.raise = [](const PublicKey&, auto, auto) { return false; };
  Batch batch;
  for (size_t i = 0; i < 9; ++i) {
    batch.Add(Signers1024()[0], Batch::kGood, i);
  }
  VerifyBatch(
      batch.checks(), [](std::span<const RsaLane>) { return false; }, failing);
  for (const Check& check : batch.checks()) {
    EXPECT_EQ(check.outcome, Outcome::kEnvironment);
  }
}

TEST(VerifyBatch, ThreadsShareKeys) {
  Batch batch;
  for (size_t i = 0; i < 30; ++i) {
    batch.Add(AllSigners()[i % AllSigners().size()],
              static_cast<Batch::Kind>(i % Batch::kKinds), i);
  }
  std::vector<Check> expected = batch.checks();
  VerifyBatch(expected);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<Check> checks = batch.checks();
      for (int round = 0; round < 10; ++round) {
        VerifyBatch(checks);
        for (size_t i = 0; i < checks.size(); ++i) {
          EXPECT_EQ(checks[i].outcome, expected[i].outcome);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mailassay::crypto
