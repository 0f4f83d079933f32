#include "lib/dkim/body_facts_kernel.h"

namespace mailassay::dkim {

constinit const Kernels<FactsKernel, kFactsKernelCount> kFactsKernels(
    "facts", {{
#if defined(__x86_64__)
                 {KernelLevel::kAvx512,
                  {CpuFeature::kAvx512, CpuFeature::kBmi2},
                  SeeOctetsAvx512},
                 {KernelLevel::kAvx2, {CpuFeature::kAvx2}, SeeOctetsAvx2},
#endif
                 {KernelLevel::kPortable, {}, SeeOctetsPortable},
             }});

}  // namespace mailassay::dkim
