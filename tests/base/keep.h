// Texts and octets for values made up by tests, which only view them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/base/arena.h"

namespace mailassay {

// Lasts as long as the program.
inline Arena& KeptTexts() {
  static Arena arena;
  return arena;
}

inline std::string_view Keep(std::string_view text) {
  return KeptTexts().Copy(text);
}

inline std::span<const uint8_t> KeepOctets(std::span<const uint8_t> octets) {
  const std::string_view kept =
      Keep({reinterpret_cast<const char*>(octets.data()), octets.size()});
  return {reinterpret_cast<const uint8_t*>(kept.data()), kept.size()};
}

}  // namespace mailassay
