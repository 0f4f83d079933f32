// The signals a run listens to.  SIGINT and SIGTERM ask it to end cleanly, the
// second one ends the process at once; SIGUSR1 asks for a line of progress;
// SIGPIPE is ignored, so that writing reports it.
//
// One instance a process, alive for the whole run.
#pragma once

namespace mailassay::run {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // 0, or the signal that asked the run to end.  Any thread.
  static int Stopping();
  // True once for each SIGUSR1.
  static bool TakeProgressRequest();
};

}  // namespace mailassay::run
