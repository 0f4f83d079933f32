#include "pipeline/run/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace mailassay::run {
namespace {

std::atomic<int> stopping{0};
std::atomic<bool> progress_requested{false};
static_assert(std::atomic<int>::is_always_lock_free);

void OnStop(int signal) {
  int none = 0;
  if (!stopping.compare_exchange_strong(none, signal)) _exit(128 + signal);
}

void OnProgress(int) { progress_requested = true; }

void Install(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() {
  stopping = 0;
  Install(SIGINT, OnStop);
  Install(SIGTERM, OnStop);
  Install(SIGUSR1, OnProgress);
  Install(SIGPIPE, SIG_IGN);
  Install(SIGXFSZ, SIG_IGN);  // write() says it: EFBIG
}

Signals::~Signals() {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGXFSZ}) {
    Install(signal, SIG_DFL);
  }
}

int Signals::Stopping() { return stopping.load(std::memory_order_relaxed); }

bool Signals::TakeProgressRequest() {
  return progress_requested.exchange(false);
}

}  // namespace mailassay::run
