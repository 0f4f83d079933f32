// SHA-256 of many streams at once, for message bodies of unknown length.
//
// A LaneHasher has sixteen streams, each with a lane of sha256_kernels.h and a
// buffer that the caller writes into directly.  Lanes pay only while many are
// busy, so the caller keeps all streams open and all of them fed:
//
//   while (messages are left || !hasher.empty()) {
//     while (messages are left && !hasher.full()) {
//       body_of[hasher.Open()] = the next message's body;
//     }
//     for (each open stream i) {
//       while (hasher.Hungry(i)) {
//         write some octets to the beginning of hasher.Room(i);
//         hasher.Commit(i, how many);
//         if (that was the last) hasher.Close(i);
//       }
//     }
//     for (auto [i, digest] : hasher.Run()) digest is that of body_of[i];
//   }
//
// Long streams should be opened first: at the end they would stay alone.
// A stream's digest depends on its octets only, never on its neighbours.
// Whatever the caller does within the REQUIRES, each Run makes progress: a
// stream that is open and hungry is left out.
//
// Owns about 132 KiB, allocated once.  One thread at a time.  Cannot fail.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "lib/base/digest.h"
#include "lib/crypto/sha256.h"
#include "lib/crypto/sha256_kernels.h"

namespace mailassay::crypto {

class LaneHasher {
 public:
  static constexpr size_t kStreams = kSha256Lanes;
  // A hungry stream has less than that in its buffer, and room for more.
  static constexpr size_t kPiece = 4096;
  // No room is smaller.
  static constexpr size_t kLeastRoom = 1024;

  struct Finished {
    size_t stream;
    Digest digest;
  };

  // `few` hashes few busy streams, two by two, and all if it is `many` too.
  explicit LaneHasher(CompressSha256Lanes* many = Sha256Kernels().run(),
                      CompressSha256Lanes* few = Sha256KernelForFew());
  LaneHasher(const LaneHasher&) = delete;
  LaneHasher& operator=(const LaneHasher&) = delete;

  // No stream is in use, or every one.  Those that are in use are open or,
  // after Close, on their way to Run's result.
  bool empty() const { return used_ == 0; }
  bool full() const { return used_ == kAllStreams; }
  bool IsOpen(size_t stream) const { return Has(used_ & ~closed_, stream); }

  // The number of the stream that Open will return.  REQUIRES: !full().
  size_t next() const { return static_cast<size_t>(std::countr_one(used_)); }
  // Takes a stream that is not in use, for a hash that goes on from `so_far`;
  // returns its number, below kStreams.  REQUIRES: !full().
  size_t Open(const Sha256& so_far = Sha256());

  // Whether the stream is open and should be given more before the next Run.
  bool Hungry(size_t stream) const {
    return IsOpen(stream) && streams_[stream].size() < kPiece;
  }
  // Where the stream's next octets are to be written; valid until the stream's
  // next Commit or the next Run.  A stream whose buffer is full is hashed alone
  // to make room.  REQUIRES: IsOpen(stream).
  std::span<char> Room(size_t stream);
  // The first `octets` of the room are the stream's next.  REQUIRES: a
  // valid room of that size or more.
  void Commit(size_t stream, size_t octets);
  // The stream has ended.  REQUIRES: IsOpen(stream).
  void Close(size_t stream);

  // Hashes for as long as no stream runs dry, and ends at least one stream if
  // all that are in use are closed.  Returns those that have ended, which are
  // no longer in use; valid until the next Run.
  std::span<const Finished> Run();

 private:
  static constexpr size_t kCapacity = 2 * kPiece + 512;
  static constexpr unsigned kAllStreams = (1u << kStreams) - 1;

  // The padding of a stream goes behind the capacity.  Together they are an odd
  // multiple of 256 octets, so that the streams' blocks, read side by side,
  // don't compete for a few cache sets.
  struct alignas(64) Buffer {
    static constexpr size_t kBehind = 256;
    std::array<char, kCapacity + kBehind> octets;
    static_assert(kBehind >= kMaxSha256Padding);
    static_assert((kCapacity + kBehind) / 256 % 2 == 1);
  };
  // Octets [begin, end) of the buffer are committed and not yet hashed.
  struct Stream {
    size_t begin;  // a multiple of Sha256::kBlock
    size_t end;
    uint64_t hashed;  // octets; a multiple of Sha256::kBlock
    size_t size() const { return end - begin; }
    size_t blocks() const { return size() / Sha256::kBlock; }
  };

  static bool Has(unsigned set, size_t stream) {
    return (set >> stream & 1) != 0;
  }
  const char* Begin(size_t stream) const;
  unsigned Ready() const;
  void RunTwoByTwo(unsigned ready);
  unsigned RunTogether(unsigned streams, CompressSha256Lanes* kernel);
  void Advance(size_t stream, size_t blocks);
  void CollectFinished();

  CompressSha256Lanes* many_;
  CompressSha256Lanes* few_;
  unsigned used_ = 0;    // sets of streams, a bit each
  unsigned closed_ = 0;  // of those used; the padding is in the buffer
  Sha256Lanes lanes_{};
  std::array<Stream, kStreams> streams_{};
  std::unique_ptr<std::array<Buffer, kStreams>> buffers_;
  std::array<Finished, kStreams> finished_{};
  size_t finished_count_ = 0;
};

}  // namespace mailassay::crypto
