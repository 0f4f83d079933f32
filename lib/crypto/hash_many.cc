#include "lib/crypto/hash_many.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace mailassay::crypto {
namespace {

void Feed(std::string_view& text, size_t stream, LaneHasher& hasher) {
  while (hasher.Hungry(stream)) {
    const std::span<char> room = hasher.Room(stream);
    const size_t n = std::min(text.size(), room.size());
    if (n > 0) std::memcpy(room.data(), text.data(), n);
    text.remove_prefix(n);
    hasher.Commit(stream, n);
    if (text.empty()) hasher.Close(stream);
  }
}

}  // namespace

void HashMany(std::span<const std::string_view> texts, LaneHasher& hasher,
              std::span<Digest> digests) {
  assert(hasher.empty() && texts.size() == digests.size());
  struct Place {
    size_t index;  // in texts
    std::string_view rest;
  };
  std::array<Place, LaneHasher::kStreams> places;
  size_t next = 0;
  while (next < texts.size() || !hasher.empty()) {
    for (; next < texts.size() && !hasher.full(); ++next) {
      places[hasher.Open()] = {.index = next, .rest = texts[next]};
    }
    for (size_t i = 0; i < places.size(); ++i) {
      Feed(places[i].rest, i, hasher);
    }
    for (const auto& [stream, digest] : hasher.Run()) {
      digests[places[stream].index] = digest;
    }
  }
}

}  // namespace mailassay::crypto
