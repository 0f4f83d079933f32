// The pass over a body's octets that BodyFacts makes.
#pragma once

#include <array>
#include <cstddef>

#include "lib/base/kernel.h"
#include "lib/dkim/body_facts_kernel_data.h"

namespace mailassay::dkim {

#if defined(__x86_64__)
inline constexpr size_t kFactsKernelCount = 3;
#else
inline constexpr size_t kFactsKernelCount = 1;
#endif

// Family "facts": avx512, avx2, portable.
extern constinit const Kernels<FactsKernel, kFactsKernelCount> kFactsKernels;

}  // namespace mailassay::dkim
