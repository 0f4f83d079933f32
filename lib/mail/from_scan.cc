#include "lib/mail/from_scan.h"

#include <cassert>

namespace mailassay::mail {

constinit const Kernels<FromScan, kFromScanCount> kFromScans(
    "scan", {{
#if defined(__x86_64__)
                {KernelLevel::kAvx512,
                 {CpuFeature::kAvx512, CpuFeature::kBmi2},
                 FindFromAvx512},
                {KernelLevel::kAvx2,
                 {CpuFeature::kAvx2, CpuFeature::kBmi2},
                 FindFromAvx2},
#endif
                {KernelLevel::kPortable, {}, FindFromPortable},
            }});

size_t FindFrom(std::string_view text, size_t begin, size_t end) {
  assert(begin <= end && end <= text.size());
  const char* const stop = text.data() + end;
  const char* const hit = kFromScans.run()(text.data() + begin, stop);
  return hit == stop ? text.npos : static_cast<size_t>(hit - text.data());
}

}  // namespace mailassay::mail
