// Command lines for people to copy.  Stateless.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailassay {

// The word as a POSIX shell takes it; what can't be seen as $'\NNN' (bash, zsh,
// ksh, POSIX 2024).
std::string ShellWord(std::string_view word);
// The words as one command.
std::string ShellCommand(std::span<const std::string> words);

}  // namespace mailassay
