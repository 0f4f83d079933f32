#include "lib/crypto/lane_hasher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "tests/crypto/openssl_digest.h"

namespace mailassay::crypto {
namespace {

using reference::Random;

constexpr size_t kStreams = LaneHasher::kStreams;
constexpr size_t kPiece = LaneHasher::kPiece;

// Writes the next octets of `text` and, as a writer may, junk behind the room.
size_t Write(std::string_view text, size_t octets, std::span<char> room) {
  const size_t n = std::min({text.size(), octets, room.size()});
  std::memset(room.data(), 0xee, room.size());
  std::copy_n(text.data(), n, room.data());
  return n;
}

// Commits `text` whole, and runs when there is no room.
void Feed(std::string_view text, size_t stream, LaneHasher& hasher) {
  while (!text.empty()) {
    const size_t n = Write(text, text.size(), hasher.Room(stream));
    hasher.Commit(stream, n);
    text.remove_prefix(n);
    if (!text.empty()) {
      ASSERT_TRUE(hasher.Run().empty());
    }
  }
}

// The digest of the one stream in use.  REQUIRES: it is open.
Digest FinishAlone(size_t stream, LaneHasher& hasher) {
  hasher.Close(stream);
  const auto finished = hasher.Run();
  EXPECT_EQ(finished.size(), 1u);
  EXPECT_EQ(finished[0].stream, stream);
  EXPECT_TRUE(hasher.empty());
  return finished[0].digest;
}

// The digests of all streams in use, which are the first ones.
std::vector<Digest> FinishAll(LaneHasher& hasher) {
  std::vector<Digest> digests;
  for (size_t i = 0; i < kStreams && hasher.IsOpen(i); ++i) {
    hasher.Close(i);
    digests.emplace_back();
  }
  while (!hasher.empty()) {
    for (const auto& [stream, digest] : hasher.Run()) digests[stream] = digest;
  }
  return digests;
}

// Hashes all texts, at most `most` at a time, and compares.
void CheckAll(const std::vector<std::string>& texts, size_t most,
              size_t largest_piece, Random& random, LaneHasher& hasher) {
  struct Place {
    size_t index;
    std::string_view rest;
  };
  std::array<Place, kStreams> places;
  std::set<size_t> in_use;
  size_t next = 0;
  while (next < texts.size() || !hasher.empty()) {
    for (; next < texts.size() && in_use.size() < most; ++next) {
      ASSERT_FALSE(hasher.full());
      const size_t stream = hasher.Open();
      ASSERT_LT(stream, kStreams);
      ASSERT_TRUE(in_use.insert(stream).second);
      places[stream] = {.index = next, .rest = texts[next]};
    }
    for (const size_t i : in_use) {
      while (hasher.Hungry(i)) {
        const std::span<char> room = hasher.Room(i);
        ASSERT_GE(room.size(), kPiece);
        const size_t n =
            Write(places[i].rest, random.Below(largest_piece) + 1, room);
        hasher.Commit(i, n);
        places[i].rest.remove_prefix(n);
        if (places[i].rest.empty()) hasher.Close(i);
      }
    }
    for (const auto& [stream, digest] : hasher.Run()) {
      const size_t index = places[stream].index;
      ASSERT_EQ(in_use.erase(stream), 1u);
      ASSERT_EQ(digest, OpenSslSha256(texts[index])) << index;
    }
    ASSERT_EQ(hasher.empty(), in_use.empty());
    ASSERT_EQ(hasher.full(), in_use.size() == kStreams);
  }
}

// One for each two kernels this processor can run.
template <typename F>
void WithEachKernel(F check) {
  for (const auto& many : Sha256Kernels().Supported()) {
    for (const auto& few : Sha256Kernels().Supported()) {
      SCOPED_TRACE(testing::Message()
                   << NameOf(many.level) << ", " << NameOf(few.level));
      LaneHasher hasher(many.run, few.run);
      check(hasher);
    }
  }
}

TEST(LaneHasher, EveryLengthUpTo300) {
  Random random(1);
  std::vector<std::string> texts;
  for (size_t n = 0; n <= 300; ++n) texts.push_back(RandomText(random, n));
  WithEachKernel([&](LaneHasher& hasher) {
    CheckAll(texts, kStreams, kPiece, random, hasher);
    std::ranges::reverse(texts);
    CheckAll(texts, kStreams, 7, random, hasher);
  });
}

TEST(LaneHasher, AnyNumberOfStreams) {
  Random random(2);
  WithEachKernel([&](LaneHasher& hasher) {
    for (size_t most = 1; most <= kStreams; ++most) {
      std::vector<std::string> texts;
      for (int n = 0; n < 20; ++n) {
        texts.push_back(RandomText(random, random.Below(30'000)));
      }
      CheckAll(texts, most, 6000, random, hasher);
    }
  });
}

TEST(LaneHasher, LengthsAroundTheBuffer) {
  Random random(3);
  std::vector<std::string> texts;
  for (const size_t middle : {kPiece, 2 * kPiece, 3 * kPiece}) {
    for (size_t n = middle - 70; n <= middle + 70; n += 3) {
      texts.push_back(RandomText(random, n));
    }
  }
  WithEachKernel([&](LaneHasher& hasher) {
    CheckAll(texts, kStreams, 2 * kPiece, random, hasher);
    CheckAll(texts, kStreams, 100, random, hasher);
  });
}

// Streams that run dry, are left alone, or are fed in any order.
TEST(LaneHasher, DigestsDoNotDependOnTheNeighbours) {
  Random random(4);
  WithEachKernel([&](LaneHasher& hasher) {
    for (int round = 0; round < 20; ++round) {
      std::vector<std::string> texts;
      std::array<std::string_view, kStreams> rest;
      for (size_t i = 0; i < kStreams; ++i) {
        texts.push_back(RandomText(random, random.Below(20'000)));
      }
      for (const std::string& text : texts) rest[hasher.Open()] = text;
      size_t left = kStreams;
      while (left > 0) {
        const size_t i = random.Below(kStreams);
        if (hasher.IsOpen(i)) {
          const size_t n = Write(rest[i], random.Below(5000), hasher.Room(i));
          hasher.Commit(i, n);
          rest[i].remove_prefix(n);
          if (rest[i].empty()) hasher.Close(i);
        }
        if (!random.Chance(0.3)) continue;
        for (const auto& [stream, digest] : hasher.Run()) {
          // Streams were opened in the order of their numbers.
          ASSERT_EQ(digest, OpenSslSha256(texts[stream]));
          --left;
        }
      }
      ASSERT_TRUE(hasher.empty());
    }
  });
}

TEST(LaneHasher, AnOpenStreamWithoutOctetsHoldsNobodyUp) {
  WithEachKernel([](LaneHasher& hasher) {
    const std::string text(10'000, 'x');
    const size_t idle = hasher.Open();
    for (size_t i = 1; i < kStreams; ++i) {
      const size_t stream = hasher.Open();
      hasher.Commit(stream, Write(text, 5000, hasher.Room(stream)));
      hasher.Close(stream);
    }
    const auto finished = hasher.Run();
    ASSERT_EQ(finished.size(), kStreams - 1);
    for (const auto& [stream, digest] : finished) {
      EXPECT_NE(stream, idle);
      EXPECT_EQ(digest, OpenSslSha256(text.substr(0, 5000)));
    }
    EXPECT_TRUE(hasher.Run().empty());
    EXPECT_TRUE(hasher.Hungry(idle));
    EXPECT_EQ(FinishAlone(idle, hasher), OpenSslSha256(""));
  });
}

struct Call {
  size_t blocks;
  uint16_t live;
  bool operator==(const Call&) const = default;
};
std::vector<Call> of_many, of_few;

void KernelForMany(Sha256Lanes& lanes, const uint8_t* const in[kSha256Lanes],
                   size_t blocks, uint16_t live) {
  of_many.push_back({blocks, live});
  CompressSha256LanesPortable(lanes, in, blocks, live);
}

void KernelForFew(Sha256Lanes& lanes, const uint8_t* const in[kSha256Lanes],
                  size_t blocks, uint16_t live) {
  of_few.push_back({blocks, live});
  CompressSha256LanesPortable(lanes, in, blocks, live);
}

TEST(LaneHasher, OnlyManyStreamsGoSideBySide) {
  LaneHasher hasher(KernelForMany, KernelForFew);
  for (const size_t busy : {size_t{1}, size_t{2}, kStreams - 1, kStreams}) {
    of_many.clear();
    of_few.clear();
    const std::string text(kPiece, 'x');
    for (size_t n = 0; n < busy; ++n) Feed(text, hasher.Open(), hasher);
    hasher.Run();
    EXPECT_EQ(of_many.size(), busy > kStreams / 2 ? 1u : 0u) << busy;
    EXPECT_EQ(of_few.size(), busy > kStreams / 2 ? 0u : 1u) << busy;
    for (const Digest& digest : FinishAll(hasher)) {
      EXPECT_EQ(digest, OpenSslSha256(text));
    }
  }
}

// The one kernel of an avx2 hasher is for few.
TEST(LaneHasher, OneKernelGoesTwoByTwoUntilAllAreDry) {
  LaneHasher hasher(KernelForFew, KernelForFew);
  of_few.clear();
  const std::string text(16 * Sha256::kBlock, 'x');
  for (size_t n = 0; n < kStreams; ++n) {
    const size_t octets = n == 0 ? 3 * Sha256::kBlock + 5 : text.size();
    Feed(text.substr(0, octets), hasher.Open(), hasher);
  }
  hasher.Run();
  // Of each pair one has 13 blocks more, which go beside the next stream's.
  std::vector<Call> expected;
  for (size_t n = 0; n + 1 < kStreams; ++n) {
    expected.push_back(
        {n % 2 == 0 ? size_t{3} : size_t{13}, static_cast<uint16_t>(3u << n)});
  }
  expected.push_back({13, 0x8000});
  EXPECT_EQ(of_few, expected);
  EXPECT_TRUE(hasher.Run().empty());
  EXPECT_EQ(of_few, expected);
  const std::vector<Digest> digests = FinishAll(hasher);
  EXPECT_EQ(digests[0], OpenSslSha256(text.substr(0, 3 * Sha256::kBlock + 5)));
  for (size_t i = 1; i < kStreams; ++i) {
    EXPECT_EQ(digests[i], OpenSslSha256(text)) << i;
  }
}

std::vector<size_t> Cuts() {
  std::vector<size_t> cuts;
  for (size_t n = 0; n <= 300; ++n) cuts.push_back(n);
  for (size_t n = 2 * kPiece - 70; n <= 2 * kPiece + 70; ++n) cuts.push_back(n);
  return cuts;
}

TEST(LaneHasher, GoesOnFromAnyOctet) {
  Random random(6);
  const std::string text = RandomText(random, 12'000);
  const std::string_view view = text;
  WithEachKernel([&](LaneHasher& hasher) {
    for (const size_t cut : Cuts()) {
      Sha256 begin;
      begin.Update(view.substr(0, cut));
      const size_t stream = hasher.Open(begin);
      Feed(view.substr(cut), stream, hasher);
      ASSERT_EQ(FinishAlone(stream, hasher), OpenSslSha256(text)) << cut;
    }
  });
}

TEST(LaneHasher, CountsBeyondWhatAWordHolds) {
  Random random(8);
  WithEachKernel([&](LaneHasher& hasher) {
    std::array<Digest, kStreams> expected;
    for (size_t i = 0; i < kStreams; ++i) {
      Sha256 begin(Sha256::kInitial, uint64_t{1} << (26 + 2 * i));
      begin.Update(RandomText(random, i * 5));
      const std::string text = RandomText(random, 7000);
      Feed(text, hasher.Open(begin), hasher);
      begin.Update(text);
      expected[i] = begin.Finish();
    }
    for (size_t i = 0; i < kStreams; ++i) hasher.Close(i);
    while (!hasher.empty()) {
      for (const auto& [stream, digest] : hasher.Run()) {
        EXPECT_EQ(digest, expected[stream]);
      }
    }
  });
}

}  // namespace
}  // namespace mailassay::crypto
