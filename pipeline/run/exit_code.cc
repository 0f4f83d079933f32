#include "pipeline/run/exit_code.h"

#include <algorithm>
#include <array>

namespace mailassay::run {

int Weightier(int a, int b) {
  constexpr std::array<int, 10> kByWeight = {
      kInternal,     kInterrupted, kTerminated,   kUsage,       kOutputFault,
      kInputChanged, kGateFailed,  kInputDamaged, kDnsFailures, kDone};
  auto rank = [&](int code) {
    return std::find(kByWeight.begin(), kByWeight.end(), code);
  };
  return rank(a) <= rank(b) ? a : b;
}

}  // namespace mailassay::run
