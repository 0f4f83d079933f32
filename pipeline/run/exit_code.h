// Exit codes (README "Exit codes").  Several may apply; the weightiest is
// given.
#pragma once

namespace mailassay::run {

enum ExitCode : int {
  kDone = 0,
  kGateFailed = 1,
  kUsage = 2,
  kInputDamaged = 3,
  kDnsFailures = 4,
  kInputChanged = 5,
  kOutputFault = 6,
  kInternal = 70,
  kInterrupted = 130,
  kTerminated = 143,
};

// The weightier of two: 70, 130 and 143, 2, 6, 5, 1, 3, 4, 0.
int Weightier(int a, int b);

}  // namespace mailassay::run
