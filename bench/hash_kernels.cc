// SHA-256 as the parts use it: short texts, one stream, sixteen lanes, and
// batches of bodies with the sizes of generated mail, in lanes and one by one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/distributions.h"
#include "lib/crypto/lane_hasher.h"
#include "lib/crypto/sha256.h"
#include "lib/crypto/sha256_kernels.h"

namespace mailassay::bench {
namespace {

using benchmark::State;
using crypto::LaneHasher;
using crypto::Sha256;

constexpr size_t kPiece = LaneHasher::kPiece;

void SetBytes(State& state, size_t bytes_each) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes_each) *
                          state.iterations());
}

void Sha256Stream(State& state) {
  const std::string piece(kPiece, 'x');
  Sha256 hash;
  for (auto _ : state) hash.Update(piece);
  benchmark::DoNotOptimize(hash.Finish());
  SetBytes(state, piece.size());
}
BENCHMARK(Sha256Stream);

// All lanes busy, or only the first range(0).
void HashLanes(State& state, crypto::CompressSha256Lanes* kernel) {
  constexpr size_t kStride = kPiece + 256;
  const std::string text(kStride * crypto::kSha256Lanes, 'x');
  const size_t busy = static_cast<size_t>(state.range(0));
  const uint8_t* in[crypto::kSha256Lanes];
  crypto::Sha256Lanes lanes;
  for (size_t i = 0; i < crypto::kSha256Lanes; ++i) {
    in[i] = reinterpret_cast<const uint8_t*>(text.data() + i * kStride);
    crypto::PutLane(Sha256::kInitial, i, lanes);
  }
  for (auto _ : state) {
    kernel(lanes, in, kPiece / Sha256::kBlock,
           static_cast<uint16_t>((1u << busy) - 1));
  }
  SetBytes(state, busy * kPiece);
}

void Sha256AllLanes(State& state) {
  HashLanes(state, crypto::Sha256Kernels().run());
}
BENCHMARK(Sha256AllLanes)->Arg(4)->Arg(6)->DenseRange(8, 11)->Arg(16);

void Sha256FewLanes(State& state) {
  HashLanes(state, crypto::Sha256KernelForFew());
}
BENCHMARK(Sha256FewLanes)->Arg(1)->Arg(2)->Arg(6)->DenseRange(8, 11)->Arg(16);

// Bodies with the sizes of generated mail, in batches of one size, each batch
// longest first.
class Batches {
 public:
  explicit Batches(size_t size) : size_(size) {
    constexpr size_t kBodies = 1600;
    constexpr size_t kStarts = 256;  // the bodies begin within 1 MiB of text
    const LogNormal sizes(12'000, 40'000);
    Random random(1);
    std::vector<size_t> drawn(kBodies);
    for (size_t& n : drawn) n = static_cast<size_t>(sizes.Draw(random));
    text_.assign(kStarts * kPiece + std::ranges::max(drawn), 'x');
    for (size_t i = 0; i < kBodies; ++i) {
      total_ += drawn[i];
      bodies_.emplace_back(text_.data() + i % kStarts * kPiece, drawn[i]);
    }
    for (size_t i = 0; i < kBodies; i += size_) {
      std::ranges::sort(Batch(i), std::greater(), &std::string_view::size);
    }
  }

  size_t total() const { return total_; }

  // Calls hash(batch) for each.
  template <typename F>
  void Each(F hash) {
    for (size_t i = 0; i < bodies_.size(); i += size_) hash(Batch(i));
  }

 private:
  std::span<std::string_view> Batch(size_t i) {
    return std::span(bodies_).subspan(i, std::min(size_, bodies_.size() - i));
  }

  size_t size_;
  size_t total_ = 0;
  std::string text_;
  std::vector<std::string_view> bodies_;
};

// Stands for the canonicaliser: copies the next octets of `body`.
size_t CopyPiece(std::string_view& body, std::span<char> room) {
  const size_t n = std::min({body.size(), room.size(), kPiece});
  std::memcpy(room.data(), body.data(), n);
  body.remove_prefix(n);
  return n;
}

void BodiesOneByOne(State& state) {
  Batches batches(1);
  std::array<char, kPiece> piece;
  for (auto _ : state) {
    batches.Each([&](std::span<const std::string_view> batch) {
      for (std::string_view body : batch) {
        Sha256 hash;
        while (!body.empty()) {
          hash.Update({piece.data(), CopyPiece(body, piece)});
        }
        benchmark::DoNotOptimize(hash.Finish());
      }
    });
  }
  SetBytes(state, batches.total());
}
BENCHMARK(BodiesOneByOne);

void HashInLanes(std::span<const std::string_view> batch, LaneHasher& hasher) {
  std::array<std::string_view, LaneHasher::kStreams> rest;
  size_t next = 0;
  while (next < batch.size() || !hasher.empty()) {
    while (next < batch.size() && !hasher.full()) {
      rest[hasher.Open()] = batch[next++];
    }
    for (size_t i = 0; i < LaneHasher::kStreams; ++i) {
      while (hasher.Hungry(i)) {
        hasher.Commit(i, CopyPiece(rest[i], hasher.Room(i)));
        if (rest[i].empty()) hasher.Close(i);
      }
    }
    for (const auto& [stream, digest] : hasher.Run()) {
      benchmark::DoNotOptimize(digest);
    }
  }
}

void BodiesInLanes(State& state) {
  Batches batches(static_cast<size_t>(state.range(0)));
  LaneHasher hasher;
  for (auto _ : state) {
    batches.Each([&](std::span<const std::string_view> batch) {
      HashInLanes(batch, hasher);
    });
  }
  SetBytes(state, batches.total());
}
BENCHMARK(BodiesInLanes)->Arg(1)->Arg(8)->Arg(24)->Arg(100)->Arg(200);

}  // namespace
}  // namespace mailassay::bench
