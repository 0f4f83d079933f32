// What the fuzz targets share: a check that fails in every build, inputs
// rewritten into a small alphabet, which reaches deep states of a grammar fast,
// and, for the kernels, choices read from the input and texts that end where
// their memory ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#define FUZZ_CHECK(condition)  \
  do {                         \
    if (!(condition)) abort(); \
  } while (false)

namespace mailassay {

inline std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Each octet of `data` picks one of `pieces`, until there are `most` octets.
inline std::string IntoPieces(std::string_view data,
                              std::span<const std::string_view> pieces,
                              size_t most = std::string::npos) {
  std::string text;
  for (char c : data) {
    if (text.size() >= most) break;
    text += pieces[static_cast<unsigned char>(c) % pieces.size()];
  }
  return text;
}

// A copy that begins and ends where its memory does, so that AddressSanitizer
// sees one octet read too far.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view text)
      : octets_(std::make_unique_for_overwrite<char[]>(text.size())),
        size_(text.size()) {
    std::copy(text.begin(), text.end(), octets_.get());
  }
  std::string_view text() const { return {octets_.get(), size_}; }
  const char* begin() const { return octets_.get(); }
  const char* end() const { return octets_.get() + size_; }
  const uint8_t* octets() const {
    return reinterpret_cast<const uint8_t*>(octets_.get());
  }

 private:
  std::unique_ptr<char[]> octets_;
  size_t size_;
};

// Reads choices from the front of an input; 0 when it has come to its end.
class Choices {
 public:
  explicit Choices(std::string_view input) : rest_(input) {}

  uint8_t Octet() {
    if (rest_.empty()) return 0;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return static_cast<uint8_t>(c);
  }
  // REQUIRES: 0 < n <= 65536.
  size_t Below(size_t n) {
    const size_t low = Octet();
    return (n <= 256 ? low : low + 256U * Octet()) % n;
  }
  // As many octets as the next one says.
  std::string_view Take() {
    const size_t size = std::min<size_t>(Octet(), rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// `text` cut where `cuts` says, again and again: an octet is a size, its square
// grows fast enough for long texts.  An empty piece stands at each end; what is
// left of a text in very many pieces is one.
inline std::vector<std::string_view> Cut(std::string_view text,
                                         std::string_view cuts) {
  constexpr size_t kMostCuts = 100;
  std::vector<std::string_view> pieces = {text.substr(0, 0)};
  for (size_t i = 0; !text.empty(); ++i) {
    size_t size = text.size();
    if (!cuts.empty() && i < kMostCuts) {
      const size_t cut = static_cast<uint8_t>(cuts[i % cuts.size()]);
      size = std::min(size, 1 + cut * cut / 4);
    }
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  pieces.push_back(text);
  return pieces;
}

}  // namespace mailassay
