#include "lib/base/shell_word.h"

#include <algorithm>
#include <cstdint>

#include "lib/base/safe_text.h"

namespace mailassay {
namespace {

bool IsPlain(char c) {
  constexpr std::string_view kPlain = "_@%+=:,./-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
}

// Printable as it is: SafeText would change nothing.
std::string SingleQuoted(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string OctetsQuoted(std::string_view word) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "$'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') {
      quoted += {'\\', c};
    } else if (c >= ' ' && c <= '~') {
      quoted += c;
    } else {
      // Octal has a fixed length: "\xNN" would take a digit behind it, too.
      const auto octet = static_cast<uint8_t>(c);
      quoted += {'\\', kDigits[octet >> 6], kDigits[octet >> 3 & 7],
                 kDigits[octet & 7]};
    }
  }
  return quoted + "'";
}

}  // namespace

std::string ShellWord(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, IsPlain)) {
    return std::string(word);
  }
  return SafeText(word) == word ? SingleQuoted(word) : OctetsQuoted(word);
}

std::string ShellCommand(std::span<const std::string> words) {
  std::string command;
  for (const std::string& word : words) {
    if (!command.empty()) command += ' ';
    command += ShellWord(word);
  }
  return command;
}

}  // namespace mailassay
