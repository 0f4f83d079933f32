#include "lib/crypto/sha256_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "tests/crypto/openssl_digest.h"

namespace mailassay::crypto {
namespace {

using reference::Random;

constexpr uint16_t kAll = 0xffff;

// Sixteen lanes with random states, and a text for each that is as large as its
// blocks, at every alignment.
class Lanes {
 public:
  Lanes(Random& random, size_t blocks) : blocks_(blocks) {
    for (size_t i = 0; i < kSha256Lanes; ++i) {
      for (uint32_t& word : states_[i]) {
        word = static_cast<uint32_t>(random.Next());
      }
      const size_t offset = random.Below(64);
      const size_t size = blocks * Sha256::kBlock;
      texts_[i].reset(new uint8_t[offset + size]);
      in_[i] = texts_[i].get() + offset;
      for (size_t j = 0; j < size; ++j) {
        texts_[i][offset + j] = static_cast<uint8_t>(random.Next());
      }
    }
  }

  // Each live lane must have what OpenSSL makes of it, each other its state.
  void Check(CompressSha256Lanes* kernel, uint16_t live) const {
    Sha256Lanes lanes;
    std::array<const uint8_t*, kSha256Lanes> in{};  // null: not to be read
    for (size_t i = 0; i < kSha256Lanes; ++i) {
      PutLane(states_[i], i, lanes);
      if ((live >> i & 1) != 0) in[i] = in_[i];
    }
    kernel(lanes, in.data(), blocks_, live);
    for (size_t i = 0; i < kSha256Lanes; ++i) {
      Sha256::State expected = states_[i];
      if ((live >> i & 1) != 0 && blocks_ > 0) {
        CompressSha256(expected, in_[i], blocks_);
      }
      ASSERT_EQ(TakeLane(lanes, i), expected)
          << "lane " << i << " of " << std::hex << live << ", " << blocks_
          << " blocks";
    }
  }

 private:
  size_t blocks_;
  std::array<Sha256::State, kSha256Lanes> states_;
  std::array<std::unique_ptr<uint8_t[]>, kSha256Lanes> texts_;
  std::array<const uint8_t*, kSha256Lanes> in_;
};

TEST(Sha256Kernels, EachSingleLaneAndAllButOne) {
  Random random(1);
  for (const auto& kernel : Sha256Kernels().Supported()) {
    for (size_t i = 0; i < kSha256Lanes; ++i) {
      const Lanes lanes(random, 1 + i % 3);
      const auto one = static_cast<uint16_t>(1u << i);
      lanes.Check(kernel.run, one);
      lanes.Check(kernel.run, static_cast<uint16_t>(kAll & ~one));
    }
  }
}

// Every choice of lanes: beside each other, apart, an odd one left.
TEST(Sha256Kernels, EverySetOfLanes) {
  Random random(4);
  const Lanes one_block(random, 1);
  const Lanes two_blocks(random, 2);
  for (const auto& kernel : Sha256Kernels().Supported()) {
    for (unsigned live = 0; live <= kAll; ++live) {
      const Lanes& lanes = live % 5 == 0 ? two_blocks : one_block;
      lanes.Check(kernel.run, static_cast<uint16_t>(live));
    }
  }
}

TEST(Sha256Kernels, TheOneForFewIsNoHigherThanTheChosen) {
  CompressSha256Lanes* const chosen = Sha256Kernels().run();
  CompressSha256Lanes* const few = Sha256KernelForFew();
  const auto supported = Sha256Kernels().Supported();
  const bool has_pairs = std::ranges::any_of(supported, [](const auto& kernel) {
    return kernel.level == KernelLevel::kAvx2;
  });
  if (Sha256Kernels().level() == KernelLevel::kAvx512) {
    EXPECT_NE(few, chosen);
    EXPECT_EQ(few == CompressSha256LanesPortable, !has_pairs);
  } else {
    EXPECT_EQ(few, chosen);
  }
}

TEST(Sha256Kernels, NothingToDo) {
  Random random(2);
  for (const auto& kernel : Sha256Kernels().Supported()) {
    Lanes(random, 2).Check(kernel.run, 0);
    Lanes(random, 0).Check(kernel.run, kAll);
  }
}

TEST(Sha256Kernels, RandomTextsStatesAndMasks) {
  Random random(3);
  for (const auto& kernel : Sha256Kernels().Supported()) {
    for (int round = 0; round < 300; ++round) {
      const Lanes lanes(random, random.Below(8));
      lanes.Check(kernel.run, kAll);
      lanes.Check(kernel.run, static_cast<uint16_t>(random.Next()));
    }
    Lanes(random, 300).Check(kernel.run, kAll);
  }
}

// Each bit of a block reaches the state through its own word and round.
TEST(Sha256Kernels, EachBitOfABlock) {
  for (const auto& kernel : Sha256Kernels().Supported()) {
    for (size_t bit = 0; bit < 512; ++bit) {
      const size_t lane = bit % kSha256Lanes;
      std::array<uint8_t, Sha256::kBlock> zeros{}, block{};
      block[bit / 8] = static_cast<uint8_t>(1u << bit % 8);
      std::array<const uint8_t*, kSha256Lanes> in;
      in.fill(zeros.data());
      in[lane] = block.data();
      Sha256Lanes lanes;
      for (size_t i = 0; i < kSha256Lanes; ++i) {
        PutLane(Sha256::kInitial, i, lanes);
      }
      kernel.run(lanes, in.data(), 1, kAll);
      for (size_t i = 0; i < kSha256Lanes; ++i) {
        Sha256::State expected = Sha256::kInitial;
        CompressSha256(expected, in[i], 1);
        ASSERT_EQ(TakeLane(lanes, i), expected) << bit;
      }
    }
  }
}

TEST(Sha256Kernels, WordsAreWhereTheHeaderSays) {
  Sha256Lanes lanes{};
  PutLane({1, 2, 3, 4, 5, 6, 7, 8}, 5, lanes);
  for (uint32_t word = 0; word < 8; ++word) {
    EXPECT_EQ(lanes.state[word][5], word + 1);
    EXPECT_EQ(lanes.state[word][4], 0u);
    EXPECT_EQ(lanes.state[word][6], 0u);
  }
  EXPECT_EQ(TakeLane(lanes, 5), (Sha256::State{1, 2, 3, 4, 5, 6, 7, 8}));
}

}  // namespace
}  // namespace mailassay::crypto
