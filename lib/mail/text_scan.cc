#include "lib/mail/text_scan.h"

#include <cassert>

namespace mailassay::mail {

constinit const Kernels<TextScan, kTextScanCount> kTextScans(
    "scan", {{
#if defined(__x86_64__)
                {KernelLevel::kAvx512,
                 {CpuFeature::kAvx512, CpuFeature::kBmi2},
                 FindTextAvx512},
                {KernelLevel::kAvx2,
                 {CpuFeature::kAvx2, CpuFeature::kBmi2},
                 FindTextAvx2},
#endif
                {KernelLevel::kPortable, {}, FindTextPortable},
            }});

size_t FindText(std::string_view text, std::string_view wanted, size_t begin,
                size_t end) {
  assert(begin <= end && end <= text.size() && wanted.size() > 2 &&
         wanted.size() <= kMostWanted);
  const char* const stop = text.data() + end;
  const char* const hit = kTextScans.run()(text.data() + begin, stop, wanted);
  return hit == stop ? text.npos : static_cast<size_t>(hit - text.data());
}

}  // namespace mailassay::mail
