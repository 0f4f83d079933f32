// A process settles its kernels once, so each level below the best has a
// process of its own, which answers as long as the fuzzer lives and dies with
// it.
#include "tests/fuzz/kernel_levels.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "lib/base/kernel.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay {
namespace {

bool WriteAll(int end, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(end, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;  // libFuzzer's alarm
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Write(int end, std::string_view text) {
  const uint64_t size = text.size();
  return WriteAll(end, {reinterpret_cast<const char*>(&size), sizeof size}) &&
         WriteAll(end, text);
}

bool ReadAll(int end, char* to, size_t size) {
  while (size > 0) {
    const ssize_t got = recv(end, to, size, MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

bool Read(int end, std::string& text) {
  uint64_t size = 0;
  if (!ReadAll(end, reinterpret_cast<char*>(&size), sizeof size)) return false;
  text.resize(size);
  return ReadAll(end, text.data(), size);
}

[[noreturn]] void Serve(int end) {
  std::string input;
  while (Read(end, input) && Write(end, Answer(input))) {
  }
  _exit(0);
}

// The other end of a process that answers with the kernels of `level`.
// REQUIRES: no other thread runs, no kernel has run.
int Start(const char* level) {
  std::array<int, 2> ends;
  FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) ==
             0);
  const pid_t pid = fork();
  FUZZ_CHECK(pid >= 0);
  if (pid == 0) {
    close(ends[0]);
    SetKernelWish(*KernelWish::Parse(level));
    Serve(ends[1]);
  }
  close(ends[1]);
  return ends[0];
}

// The ends of the levels below the best.
std::vector<int> others;

// A level that dies has no answer.
void Check(std::string_view input) {
  for (const int other : others) FUZZ_CHECK(Write(other, input));
  const std::string expected = Answer(input);
  for (const int other : others) {
    std::string answer;
    FUZZ_CHECK(Read(other, answer));
    FUZZ_CHECK(answer == expected);
  }
}

}  // namespace
}  // namespace mailassay

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  for (const char* const level : {"portable", "avx2"}) {
    mailassay::others.push_back(mailassay::Start(level));
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mailassay::Check(mailassay::AsText(data, size));
  return 0;
}
