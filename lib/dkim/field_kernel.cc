#include "lib/dkim/field_kernel.h"

namespace mailassay::dkim {

constinit const Kernels<FieldKernel, kFieldKernelCount> kFieldKernels(
    "field", {{
#if defined(__x86_64__)
                 {KernelLevel::kAvx512,
                  {CpuFeature::kAvx512, CpuFeature::kVbmi2, CpuFeature::kBmi2},
                  RelaxFieldAvx512},
                 {KernelLevel::kAvx2,
                  {CpuFeature::kAvx2, CpuFeature::kBmi2},
                  RelaxFieldAvx2},
#endif
                 {KernelLevel::kPortable, {}, RelaxFieldPortable},
             }});

}  // namespace mailassay::dkim
