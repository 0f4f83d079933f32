// The hash of maps from text that are asked with std::string_view:
// std::equal_to<> goes with it.  Debian's absl::string_view is not std's, so a
// map's own transparent hash does not take one; absl::Hash is kept for its
// random seed, as the texts come from strangers.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace mailassay {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const {
    return absl::Hash<absl::string_view>()({text.data(), text.size()});
  }
};

}  // namespace mailassay
