// One function of the input under every kernel level.  A process settles its
// kernels once, so each level below the best has a process of its own, which
// answers as long as the fuzzer lives and dies with it.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/kernel.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay {

class KernelLevels {
 public:
  using Answer = std::string(std::string_view input);

  // From LLVMFuzzerInitialize: no other thread runs, no kernel has run.
  static void Start(Answer* answer) {
    answer_ = answer;
    for (const char* const level : {"portable", "avx2"}) {
      std::array<int, 2> ends;
      FUZZ_CHECK(
          socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
      const pid_t pid = fork();
      FUZZ_CHECK(pid >= 0);
      if (pid == 0) {
        close(ends[0]);
        SetKernelWish(*KernelWish::Parse(level));
        Serve(ends[1]);
      }
      close(ends[1]);
      others_.push_back(ends[0]);
    }
  }

  // The answers of all levels must be the same; a level that dies has none.
  static void Check(std::string_view input) {
    for (const int other : others_) FUZZ_CHECK(Write(other, input));
    const std::string expected = answer_(input);
    for (const int other : others_) {
      std::string answer;
      FUZZ_CHECK(Read(other, answer));
      FUZZ_CHECK(answer == expected);
    }
  }

 private:
  [[noreturn]] static void Serve(int end) {
    std::string input;
    while (Read(end, input) && Write(end, answer_(input))) {
    }
    _exit(0);
  }

  static bool Write(int end, std::string_view text) {
    const uint64_t size = text.size();
    return WriteAll(end, {reinterpret_cast<const char*>(&size), sizeof size}) &&
           WriteAll(end, text);
  }
  static bool WriteAll(int end, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(end, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;  // libFuzzer's alarm
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  static bool Read(int end, std::string& text) {
    uint64_t size = 0;
    if (!ReadAll(end, reinterpret_cast<char*>(&size), sizeof size)) {
      return false;
    }
    text.resize(size);
    return ReadAll(end, text.data(), size);
  }
  static bool ReadAll(int end, char* to, size_t size) {
    while (size > 0) {
      const ssize_t got = recv(end, to, size, MSG_WAITALL);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      to += got;
      size -= static_cast<size_t>(got);
    }
    return true;
  }

  static inline Answer* answer_ = nullptr;
  static inline std::vector<int> others_;
};

}  // namespace mailassay
