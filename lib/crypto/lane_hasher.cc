#include "lib/crypto/lane_hasher.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

namespace mailassay::crypto {
namespace {

// With so many busy streams or fewer, two by two is faster than all side by
// side, which takes as long however few are busy.
constexpr int kFew = 8;

const uint8_t* Octets(const char* p) {
  return reinterpret_cast<const uint8_t*>(p);
}

// Calls f(i) for each member of `set`.
template <typename F>
void ForEach(unsigned set, F f) {
  for (; set != 0; set &= set - 1) {
    f(static_cast<size_t>(std::countr_zero(set)));
  }
}

}  // namespace

LaneHasher::LaneHasher(CompressSha256Lanes* many, CompressSha256Lanes* few)
    : many_(many),
      few_(few),
      buffers_(std::make_unique_for_overwrite<std::array<Buffer, kStreams>>()) {
}

const char* LaneHasher::Begin(size_t stream) const {
  return (*buffers_)[stream].octets.data() + streams_[stream].begin;
}

size_t LaneHasher::Open(const Sha256& so_far) {
  assert(!full());
  const size_t stream = next();
  used_ |= 1u << stream;
  const std::string_view held = so_far.held();
  PutLane(so_far.state(), stream, lanes_);
  std::memcpy((*buffers_)[stream].octets.data(), held.data(), held.size());
  streams_[stream] = {
      .begin = 0, .end = held.size(), .hashed = so_far.octets() - held.size()};
  return stream;
}

std::span<char> LaneHasher::Room(size_t stream) {
  assert(IsOpen(stream));
  Stream& s = streams_[stream];
  char* const buffer = (*buffers_)[stream].octets.data();
  if (kCapacity - s.size() < kLeastRoom) RunTwoByTwo(1u << stream);
  if (kCapacity - s.end < kPiece) {
    std::memmove(buffer, buffer + s.begin, s.size());
    s.end = s.size();
    s.begin = 0;
  }
  return {buffer + s.end, kCapacity - s.end};
}

void LaneHasher::Commit(size_t stream, size_t octets) {
  assert(IsOpen(stream) && octets <= kCapacity - streams_[stream].end);
  streams_[stream].end += octets;
}

void LaneHasher::Close(size_t stream) {
  assert(IsOpen(stream));
  Stream& s = streams_[stream];
  uint8_t padding[kMaxSha256Padding];
  const size_t size = WriteSha256Padding(s.hashed + s.size(), padding);
  std::memcpy((*buffers_)[stream].octets.data() + s.end, padding, size);
  s.end += size;
  closed_ |= 1u << stream;
}

std::span<const LaneHasher::Finished> LaneHasher::Run() {
  const unsigned ready = Ready();
  if (many_ == few_ || std::popcount(ready) <= kFew) {
    RunTwoByTwo(ready);
  } else {
    RunTogether(ready, many_);
  }
  CollectFinished();
  return {finished_.data(), finished_count_};
}

// Those with a block to hash.  A closed stream always has one.
unsigned LaneHasher::Ready() const {
  unsigned ready = 0;
  ForEach(used_, [&](size_t i) {
    if (streams_[i].blocks() > 0) ready |= 1u << i;
  });
  return ready;
}

// A stream whose neighbour has come to its end goes on beside the next one.
void LaneHasher::RunTwoByTwo(unsigned ready) {
  unsigned pair = 0;
  ForEach(ready, [&](size_t i) {
    pair |= 1u << i;
    if (std::popcount(pair) == 2) pair = RunTogether(pair, few_);
  });
  if (pair != 0) RunTogether(pair, few_);
}

// For as many blocks as each of `streams` has; returns those with more.
unsigned LaneHasher::RunTogether(unsigned streams,
                                 CompressSha256Lanes* kernel) {
  size_t blocks = std::numeric_limits<size_t>::max();
  const uint8_t* in[kStreams] = {};
  ForEach(streams, [&](size_t i) {
    blocks = std::min(blocks, streams_[i].blocks());
    in[i] = Octets(Begin(i));
  });
  kernel(lanes_, in, blocks, static_cast<uint16_t>(streams));
  unsigned with_more = 0;
  ForEach(streams, [&](size_t i) {
    Advance(i, blocks);
    if (streams_[i].blocks() > 0) with_more |= 1u << i;
  });
  return with_more;
}

void LaneHasher::Advance(size_t stream, size_t blocks) {
  Stream& s = streams_[stream];
  s.begin += blocks * Sha256::kBlock;
  s.hashed += blocks * Sha256::kBlock;
}

void LaneHasher::CollectFinished() {
  finished_count_ = 0;
  ForEach(closed_, [&](size_t i) {
    if (streams_[i].size() > 0) return;
    finished_[finished_count_++] = {
        .stream = i, .digest = Sha256DigestOf(TakeLane(lanes_, i))};
    used_ &= ~(1u << i);
    closed_ &= ~(1u << i);
  });
}

}  // namespace mailassay::crypto
