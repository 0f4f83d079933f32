#include "lib/dkim/canonical_kernel.h"

namespace mailassay::dkim {

constinit const Kernels<CanonicalKernel, kCanonicalKernelCount>
    kCanonicalKernels("body",
                      {{
#if defined(__x86_64__)
                          {KernelLevel::kAvx512,
                           {CpuFeature::kAvx512, CpuFeature::kVbmi2,
                            CpuFeature::kBmi2},
                           RunCanonicalAvx512},
                          {KernelLevel::kAvx2,
                           {CpuFeature::kAvx2, CpuFeature::kBmi2},
                           RunCanonicalAvx2},
#endif
                          {KernelLevel::kPortable, {}, RunCanonicalPortable},
                      }});

}  // namespace mailassay::dkim
