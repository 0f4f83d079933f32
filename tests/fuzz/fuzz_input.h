// What the fuzz targets share: a check that fails in every build, and inputs
// rewritten into a small alphabet, which reaches deep states of a grammar fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#define FUZZ_CHECK(condition)  \
  do {                         \
    if (!(condition)) abort(); \
  } while (false)

namespace mailassay {

inline std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Each octet of `data` picks one of `pieces`.
inline std::string IntoPieces(std::string_view data,
                              std::span<const std::string_view> pieces) {
  std::string text;
  for (char c : data) {
    text += pieces[static_cast<unsigned char>(c) % pieces.size()];
  }
  return text;
}

}  // namespace mailassay
