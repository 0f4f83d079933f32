#include "pipeline/run/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace mailassay::run {
namespace {

size_t TerminalWidth() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) {
    return 80;
  }
  return size.ws_col;
}

}  // namespace

void Console::Say(std::string_view text) {
  absl::MutexLock lock(&mutex_);
  Erase();
  std::string line = "mailassay: ";
  line.append(text);
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Console::Note(std::string_view text) {
  if (!quiet_) Say(text);
}

void Console::ShowLive(std::string_view text) {
  absl::MutexLock lock(&mutex_);
  Erase();
  std::string_view cut = text.substr(0, TerminalWidth() - 1);
  std::fwrite(cut.data(), 1, cut.size(), stderr);
  std::fflush(stderr);
  live_ = true;
}

void Console::ClearLive() {
  absl::MutexLock lock(&mutex_);
  Erase();
}

void Console::Erase() {
  if (!live_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  live_ = false;
}

}  // namespace mailassay::run
