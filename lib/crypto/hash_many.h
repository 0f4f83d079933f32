// SHA-256 of many short texts at once, as of the headers of a batch of mail.
#pragma once

#include <span>
#include <string_view>

#include "lib/base/digest.h"
#include "lib/crypto/lane_hasher.h"

namespace mailassay::crypto {

// digests[i] = the hash of texts[i].  Texts of any length; they go through the
// lanes of `hasher`, which copies them.  REQUIRES: hasher.empty(), and
// as many digests as texts.
void HashMany(std::span<const std::string_view> texts, LaneHasher& hasher,
              std::span<Digest> digests);

}  // namespace mailassay::crypto
